//! What a request is about: the event, read from the ledger, at the version that the subscription sees.

use std::sync::Arc;
use std::time::Duration;

use domain::event::Published;
use domain::subscription::{EventTypes, Format};
use domain::versions::{NotCastable, Versions};
use domain::{EventId, Fact, Position, TenantId};
use ledger::{Ledger, LedgerError, Record};

use crate::body::Message;

/// How long after a failed read it is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// What a request is about, taken from the record of the event.
pub(crate) struct Content {
    pub(crate) event_type: domain::EventType,
    /// What is sent; why there is nothing, if the event cannot be cast to the version that is wanted.
    pub(crate) message: Result<Message, NotCastable>,
}

/// How a subscription sees events.
pub(crate) struct Sight {
    /// The types that it wants, and at which versions.
    pub(crate) wanted: Arc<EventTypes>,
    /// The versions that there are.
    pub(crate) versions: Arc<Versions>,
    /// In which form.
    pub(crate) format: Format,
}

impl Content {
    /// Of the event in `record`; `None` if it is no event, which the ledger rules out.
    pub(crate) fn of(record: &Record, sight: &Sight) -> Option<Self> {
        let Ok(Fact::Event(domain::event::Event::Published(event))) = record.fact() else { return None };
        let id = EventId::from_uuid(record.stream.uuid);
        let message = sight.message(record.tenant, id, event, record.position);
        Some(Self { event_type: event.event_type.clone(), message })
    }
}

impl Sight {
    /// What tells of an event that stands, or would stand, at `position`.
    pub(crate) fn message(
        &self,
        tenant: TenantId,
        id: EventId,
        event: &Published,
        position: Position,
    ) -> Result<Message, NotCastable> {
        let view = self.wanted.view(&event.event_type);
        // By what was registered before the event alone, so that every attempt sends the same.
        let seen = self.versions.see(tenant, event, view, position)?;
        Ok(Message::of(self.format, id, event, &seen))
    }
}

/// The event at `position` as a subscription sees it; `None` if the ledger is closing or holds something else there.
pub(crate) async fn content(ledger: &dyn Ledger, position: Position, sight: &Sight) -> Option<Content> {
    Content::of(&*record(ledger, position).await?, sight)
}

/// The type of the event at `position`, likewise.
pub(crate) async fn event_type(ledger: &dyn Ledger, position: Position) -> Option<domain::EventType> {
    match record(ledger, position).await?.fact() {
        Ok(Fact::Event(domain::event::Event::Published(event))) => Some(event.event_type.clone()),
        _ => None,
    }
}

/// The record at `position`, read until it can be.
async fn record(ledger: &dyn Ledger, position: Position) -> Option<Arc<Record>> {
    loop {
        match ledger.read_one(position).await {
            Ok(Some(record)) => return Some(record),
            Ok(None) => {
                tracing::error!(position = position.0, "an event that waits is not in the ledger");
                return None;
            }
            Err(LedgerError::ShuttingDown) => return None,
            Err(error) => {
                tracing::warn!(
                    position = position.0,
                    error = &error as &dyn std::error::Error,
                    "an event could not be read"
                );
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
