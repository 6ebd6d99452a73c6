//! What a request is about: the event, read from the ledger.

use std::time::Duration;

use bytes::Bytes;
use domain::{Fact, Position};
use ledger::{Ledger, LedgerError, Record};

use crate::body::webhook_body;

/// How long after a failed read it is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// What a request is about, taken from the record of the event.
pub(crate) struct Content {
    pub(crate) event_type: domain::EventType,
    pub(crate) body: Bytes,
}

impl Content {
    /// Of the event in `record`; `None` if it is no event, which the ledger rules out.
    pub(crate) fn of(record: &Record) -> Option<Self> {
        let Ok(Fact::Event(domain::event::Event::Published(event))) = record.fact() else { return None };
        let id = domain::EventId::from_uuid(record.stream.uuid);
        Some(Self { event_type: event.event_type.clone(), body: webhook_body(id, event) })
    }
}

/// The event at `position`, read until it can be; `None` if the ledger is closing or holds something else there.
pub(crate) async fn content(ledger: &dyn Ledger, position: Position) -> Option<Content> {
    loop {
        match ledger.read_one(position).await {
            Ok(Some(record)) => return Content::of(&record),
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
