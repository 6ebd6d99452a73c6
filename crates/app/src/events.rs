//! A published event, as it was accepted.

use std::convert::Infallible;

use domain::event::{Event, Published};
use domain::{EventId, Fact, Scope, Sequence};

use crate::app::App;
use crate::error::Error;
use crate::history::{Entry, fact};
use crate::request::Request;

impl App {
    /// The event with this id: its content byte for byte, and who published it; `None` if there is none.
    ///
    /// Needs the scope `read`.
    pub async fn event(
        &self,
        request: &Request,
        id: EventId,
    ) -> Result<Option<Entry<Box<Published>>>, Error<Infallible>> {
        request.need(Scope::Read)?;
        let records = self.records(request.tenant(), id.into(), Sequence::NONE, 1).await?;
        let Some(record) = records.first() else { return Ok(None) };
        match fact(record)? {
            Fact::Event(Event::Published(published)) => Ok(Some(Entry::of(record, published.clone())?)),
            _ => Ok(None),
        }
    }
}
