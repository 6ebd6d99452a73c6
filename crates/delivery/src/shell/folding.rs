//! What the engine makes of the records that it reads.

use failpoints::Point;

use domain::StreamKind;

use super::Shell;
use crate::core::{Recorded, Whose};

/// What a record of the ledger is to an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Something that happened, or that an earlier life recorded.
    News,
    /// What another engine recorded of a delivery.
    Other(Whose),
    /// Its own, or none of its business.
    Passed,
}

impl Shell {
    pub(super) fn fold(&mut self, page: &ledger::Page) {
        for record in &page.records {
            let source = self.source(record);
            if source == Source::Passed {
                continue;
            }
            let recorded = |fact| Recorded {
                position: record.position,
                sequence: record.sequence,
                stream: record.stream.uuid,
                tenant: record.tenant,
                fact,
            };
            match (record.fact(), source) {
                (Ok(fact), Source::Other(whose)) => self.core.record_of_other(recorded(fact), whose),
                (Ok(fact), _) => self.core.record(recorded(fact)),
                (Err(error), _) => {
                    tracing::error!(position = record.position.0, %error, "a record is passed over by the delivery engine");
                }
            }
        }
        self.core.advance(page.upto);
        failpoints::reach(Point::AfterMatch);
    }

    /// What a record is to this engine.
    fn source(&self, record: &ledger::Record) -> Source {
        let delivery = record.stream.kind == StreamKind::Delivery;
        if !delivery || is_news(&record.record_type) || self.core.is_catching_up() {
            return Source::News;
        }
        // What the engine recorded itself it knows, and need not read again.
        if self.orders.is_none() {
            return Source::Passed;
        }
        let lanes = self.core.lanes().with(self.core.arriving());
        let concerns = |whose: &Whose| whose.lane.is_none_or(|lane| lanes.contains(lane));
        self.marks.whose(&record.metadata).filter(concerns).map_or(Source::Passed, Source::Other)
    }
}

/// Whether records of this type in a delivery's stream are somebody else's.
fn is_news(record_type: &str) -> bool {
    matches!(record_type, "delivery.retry_requested" | "delivery.cancelled")
}
