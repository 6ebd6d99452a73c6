//! Sending a sample, once, and recording it as a test.

use std::sync::Arc;

use domain::test_send::{Event, Sent};
use domain::{Position, RecordId, Scope, Sequence, TestId};
use ledger::{Batch, NewRecord};

use super::{Order, Refusal, Sample, Target};
use crate::app::App;
use crate::change::Changed;
use crate::error::{Error, Fault};
use crate::request::Request;

/// A test was sent and recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestSent {
    /// Names it.
    pub id: TestId,
    /// What was recorded.
    pub changed: Changed,
}

impl App {
    /// Sends a sample, once, whether it would match or not, and records what came of it. No delivery comes of it.
    ///
    /// It is sent and recorded to the end, also when the caller waits no longer. Needs the scope `manage`. A tenant may do
    /// so 30 times a minute, and 4 times at once.
    pub async fn send_test(
        &self,
        request: &Request,
        sample: &Sample,
        target: Target,
    ) -> Result<TestSent, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let addressee = self.addressee(request, target).await?;
        let id = TestId::generate(self.ids());
        let order = self.order(request, sample, &addressee, id.to_string())?;
        let turn = self.pace().take(request.tenant(), self.clock().now()).map_err(Error::Refused)?;
        let (app, request) = (self.clone(), request.clone());
        let subscription = addressee.exists.then_some(addressee.id);
        let sending = tokio::spawn(async move {
            app.expected().expect(&order.message, (order.subscription, Arc::from(order.live.clone())));
            let carried = app.courier().carry(&order).await;
            app.expected().forget(&order.message);
            drop(turn);
            let (attempt, steps) = carried.map_err(|error| Error::Refused(error.into()))?;
            let Order { live, content, .. } = order;
            let sent = Box::new(Sent {
                subscription,
                endpoint: live.settings.endpoint,
                event_type: content.event_type.clone(),
                event_version: content.version,
                attempt,
                steps,
            });
            let position = app.record_test(&request, id, sent).await?;
            Ok(TestSent { id, changed: Changed { version: Sequence(1), position } })
        });
        sending.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }

    async fn record_test(&self, request: &Request, id: TestId, sent: Box<Sent>) -> Result<Position, Fault> {
        let origin = ledger::Origin::new(request.tenant(), &request.metadata(), self.clock().now());
        let record = RecordId::generate(self.ids());
        let record = NewRecord::of(record, id.into(), Sequence(1), Event::Sent(sent).into(), &origin);
        let batch = Batch::new(vec![record]).expect("one record of bounded size");
        let appended = self.append_surely(batch).await?;
        Ok(appended.expect("nobody else appends to a new stream").last)
    }
}
