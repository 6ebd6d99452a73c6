//! Test requests, for the use cases: written and sent by the delivery crate.

use app::playground::{Courier, CourierError, Letter, LostSignature, Order, Recalled, Then};
use async_trait::async_trait;
use delivery::{Draft, Lost, Past, Tester, WriteError, Written};
use domain::delivery::Attempt;
use domain::test_send::Step;
use http::HeaderMap;

/// The courier of a node.
pub(crate) struct NodeCourier(pub(crate) Tester);

/// What stands in the place of values that are never shown.
const HIDDEN: &str = "[hidden]";

impl NodeCourier {
    fn compose(&self, order: &Order) -> Result<Written, CourierError> {
        self.0.write(draft(order)).map_err(refused)
    }
}

fn draft(order: &Order) -> Draft<'_> {
    Draft {
        message: &order.message,
        tenant: order.tenant,
        subscription: (order.subscription, &order.live, order.version),
        event: (order.event, &order.content),
        versions: &order.versions,
    }
}

fn refused(error: WriteError) -> CourierError {
    match error {
        WriteError::NotCastable(error) => CourierError::NotCastable(error.to_string()),
        WriteError::Unusable(error) => CourierError::Unusable(error.to_string()),
    }
}

fn letter(url: &str, headers: &HeaderMap, body: &[u8]) -> Letter {
    let headers = headers.iter().map(|(name, value)| {
        let shown =
            if value.is_sensitive() { HIDDEN.into() } else { String::from_utf8_lossy(value.as_bytes()) };
        (name.as_str().to_owned(), shown.into_owned())
    });
    Letter {
        url: url.to_owned(),
        headers: headers.collect(),
        body_sha256: delivery::body_sha256(body),
        body: body.to_vec(),
    }
}

#[async_trait]
impl Courier for NodeCourier {
    fn write(&self, order: &Order) -> Result<Letter, CourierError> {
        let request = self.compose(order)?.request;
        Ok(letter(request.endpoint.as_str(), &request.headers, &request.body))
    }

    fn recall(&self, order: &Order, then: &Then) -> Result<Recalled, CourierError> {
        let Then { position, started_at, revoked } = then;
        let past = Past { draft: draft(order), position: *position, started_at: *started_at, revoked };
        let made = self.0.recall(past).map_err(refused)?;
        let unsigned = made.unsigned.into_iter().map(|(secret, lost)| {
            let lost = match lost {
                Lost::Revoked => LostSignature::Revoked,
                Lost::Unreadable => LostSignature::Unreadable,
            };
            (secret, lost)
        });
        Ok(Recalled { letter: letter(&made.url, &made.headers, &made.body), unsigned: unsigned.collect() })
    }

    async fn carry(&self, order: &Order) -> Result<(Attempt, Vec<Step>), CourierError> {
        Ok(self.0.send(self.compose(order)?).await)
    }
}
