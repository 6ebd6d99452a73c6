//! Test requests, for the use cases: written and sent by the delivery crate.

use app::playground::{Courier, CourierError, Letter, Order};
use async_trait::async_trait;
use delivery::{Draft, Tester, WriteError, Written};
use domain::delivery::Attempt;
use domain::test_send::Step;

/// The courier of a node.
pub(crate) struct NodeCourier(pub(crate) Tester);

/// What stands in the place of values that are never shown.
const HIDDEN: &str = "[hidden]";

impl NodeCourier {
    fn compose(&self, order: &Order) -> Result<Written, CourierError> {
        let draft = Draft {
            message: &order.message,
            tenant: order.tenant,
            subscription: (order.subscription, &order.live, order.version),
            event: (order.event, &order.content),
            versions: &order.versions,
        };
        self.0.write(draft).map_err(|error| match error {
            WriteError::NotCastable(error) => CourierError::NotCastable(error.to_string()),
            WriteError::Unusable(error) => CourierError::Unusable(error.to_string()),
        })
    }
}

#[async_trait]
impl Courier for NodeCourier {
    fn write(&self, order: &Order) -> Result<Letter, CourierError> {
        let request = self.compose(order)?.request;
        let headers = request.headers.iter().map(|(name, value)| {
            let shown =
                if value.is_sensitive() { HIDDEN.into() } else { String::from_utf8_lossy(value.as_bytes()) };
            (name.as_str().to_owned(), shown.into_owned())
        });
        Ok(Letter {
            url: request.endpoint.as_str().to_owned(),
            headers: headers.collect(),
            body_sha256: delivery::body_sha256(&request.body),
            body: request.body.to_vec(),
        })
    }

    async fn carry(&self, order: &Order) -> Result<(Attempt, Vec<Step>), CourierError> {
        Ok(self.0.send(self.compose(order)?).await)
    }
}
