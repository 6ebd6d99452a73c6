//! What happened to one delivery.

use std::convert::Infallible;

use domain::delivery::{Attempt, Event};
use domain::{DeliveryId, Fact, Scope, Sequence};

use crate::app::App;
use crate::error::{Error, Fault};
use crate::history::{Entry, History};
use crate::request::Request;

impl App {
    /// What happened to a delivery after `after`, oldest first: scheduled, attempted, asked for again, and so on; at
    /// most [`crate::HISTORY_PAGE_MAX`] entries. One that waits for its first attempt has an empty past; `None` if
    /// there is no such delivery.
    ///
    /// Needs the scope `read`.
    pub async fn delivery_history(
        &self,
        request: &Request,
        id: DeliveryId,
        after: Sequence,
        limit: usize,
    ) -> Result<Option<History<Event>>, Error<Infallible>> {
        request.need(Scope::Read)?;
        let event = |fact: &Fact| match fact {
            Fact::Delivery(event) => Some(event.clone()),
            _ => None,
        };
        if let Some(history) = self.history(request.tenant(), id.into(), after, limit, event).await? {
            return Ok(Some(history));
        }
        let located = self.deliveries().locate(request.tenant(), id).await.map_err(Fault::Views)?;
        Ok(located.map(|_| History::default()))
    }
}

impl Entry<Event> {
    /// The request that it tells of, if it tells of one.
    pub fn attempt(&self) -> Option<&Attempt> {
        self.what.attempt().map(AsRef::as_ref)
    }
}
