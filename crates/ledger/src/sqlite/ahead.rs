//! Events that are asked for one after the other, as when a backlog is delivered, are read a page at a time.
//!
//! A *run* is such a page. A position shortly behind a run continues it; any other begins a run of its own, with nothing
//! but itself, so that retries of events here and there cost no more than they did.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Position, StreamKind};

use super::readers::{self, Readers};
use crate::filter::{Filter, Kinds};
use crate::outcome::LedgerError;
use crate::page::Page;
use crate::record::Record;
use crate::upcast::Upcasters;

/// Runs that are kept: so many backlogs are read ahead at the same time.
const RUNS_MAX: usize = 8;
/// Records that are read at once.
const RUN_RECORDS: usize = 128;
/// How heavy a run may be, in bytes; a single record may be heavier.
const RUN_BYTES: usize = 1 << 20;
/// How far behind a run a position may be and still continue it: between the events stand records of deliveries.
const GAP_MAX: u64 = 1_024;

#[derive(Debug, Default)]
pub(super) struct Ahead {
    runs: Mutex<VecDeque<Run>>,
    /// Held while a run is continued, so that those who want its records wait for them instead of reading them, too.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Run {
    after: Position,
    upto: Position,
    records: Vec<Arc<Record>>,
}

/// What is known of a position.
enum Known {
    /// The record that stands there.
    Here(Arc<Record>),
    /// It continues a run.
    Next,
    /// Nothing.
    Apart,
}

impl Run {
    fn alone(record: Arc<Record>) -> Self {
        let upto = record.position;
        Self { after: Position(upto.0.saturating_sub(1)), upto, records: vec![record] }
    }

    /// Of a page after `after`, as far as it is not too heavy.
    fn of(after: Position, page: Page) -> Self {
        let Page { mut records, mut upto } = page;
        let mut bytes = 0;
        let fits = |record: &&Arc<Record>| {
            bytes += record.weight();
            bytes <= RUN_BYTES
        };
        let kept = records.iter().take_while(fits).count().max(1);
        if kept < records.len() {
            records.truncate(kept);
            upto = records.last().map_or(after, |record| record.position);
        }
        Self { after, upto, records }
    }

    fn covers(&self, position: Position) -> bool {
        self.after < position && position <= self.upto
    }

    fn is_continued_by(&self, position: Position) -> bool {
        self.upto < position && position.0 <= self.upto.0.saturating_add(GAP_MAX)
    }

    fn at(&self, position: Position) -> Option<Arc<Record>> {
        let place = self.records.binary_search_by_key(&position, |record| record.position).ok()?;
        self.records.get(place).cloned()
    }
}

impl Ahead {
    /// The record at `position`, which is not beyond `head`.
    pub(super) async fn one(
        &self,
        readers: &Readers,
        position: Position,
        head: Position,
        upcasters: &Arc<Upcasters>,
    ) -> Result<Option<Arc<Record>>, LedgerError> {
        const EVENTS: Filter = Filter::Kinds(Kinds::of(&[StreamKind::Event]));
        match self.known(position) {
            Known::Here(record) => return Ok(Some(record)),
            Known::Next => {
                let _turn = self.turn.lock().await;
                if let Known::Next = self.known(position) {
                    let (upcasters, after) = (upcasters.clone(), Position(position.0 - 1));
                    let page = readers.read(move |connection| {
                        readers::page(connection, after, head, EVENTS, RUN_RECORDS, &upcasters)
                    });
                    self.keep(Run::of(after, page.await?));
                }
                if let Known::Here(record) = self.known(position) {
                    return Ok(Some(record));
                }
            }
            Known::Apart => {}
        }
        let upcasters = upcasters.clone();
        let record = readers.read(move |connection| readers::one(connection, position, &upcasters)).await?;
        if let Some(record) = record.iter().find(|record| record.stream.kind == StreamKind::Event) {
            self.keep(Run::alone(record.clone()));
        }
        Ok(record)
    }

    fn known(&self, position: Position) -> Known {
        let mut runs = self.lock();
        if let Some(place) = runs.iter().position(|run| run.covers(position)) {
            let run = runs.remove(place).expect("it was just found");
            let record = run.at(position);
            runs.push_front(run);
            return record.map_or(Known::Apart, Known::Here);
        }
        let continued = runs.iter().any(|run| run.is_continued_by(position));
        if continued { Known::Next } else { Known::Apart }
    }

    fn keep(&self, run: Run) {
        let mut runs = self.lock();
        runs.push_front(run);
        runs.truncate(RUNS_MAX);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Run>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::{RecordId, Sequence, StreamId, TenantId, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::new_record::{NewRecord, Origin};

    fn record(position: u64, bytes: usize) -> Arc<Record> {
        let origin = Origin {
            tenant: TenantId::from_uuid(Uuid::nil()),
            metadata: "{}".into(),
            recorded_at: Timestamp::from_seconds(1),
        };
        let stream = StreamId { kind: StreamKind::Event, uuid: Uuid::from_u128(position.into()) };
        let id = RecordId::from_uuid(Uuid::nil());
        let payload = "x".repeat(bytes);
        let new = NewRecord::raw(id, stream, Sequence(1), ("t".into(), 1), payload, &origin);
        Arc::new(Record::recorded(new, Position(position), Upcasters::standard()))
    }

    #[test]
    fn what_is_shortly_behind_a_run_continues_it_and_what_is_elsewhere_does_not() {
        let ahead = Ahead::default();
        ahead.keep(Run::alone(record(100, 1)));
        assert!(matches!(ahead.known(Position(100)), Known::Here(_)));
        assert!(matches!(ahead.known(Position(101)), Known::Next));
        assert!(matches!(ahead.known(Position(100 + GAP_MAX)), Known::Next));
        assert!(matches!(ahead.known(Position(101 + GAP_MAX)), Known::Apart));
        assert!(matches!(ahead.known(Position(99)), Known::Apart));
    }

    #[test]
    fn a_position_within_a_run_that_has_no_event_is_read_by_itself() {
        let ahead = Ahead::default();
        let page = Page { records: vec![record(100, 1), record(103, 1)], upto: Position(103) };
        ahead.keep(Run::of(Position(99), page));
        assert!(matches!(ahead.known(Position(101)), Known::Apart));
    }

    #[test]
    fn heavy_records_make_short_runs_and_one_is_always_kept() {
        let heavy = RUN_BYTES / 2;
        let page = || Page { records: (1..=4).map(|n| record(n, heavy)).collect(), upto: Position(9) };
        let run = Run::of(Position(0), page());
        assert_eq!((run.records.len(), run.upto), (1, Position(1)));
        let page = Page { records: vec![record(1, 2 * RUN_BYTES), record(2, 1)], upto: Position(2) };
        assert_eq!(Run::of(Position(0), page).records.len(), 1);
    }

    #[test]
    fn so_many_runs_are_kept_and_no_more() {
        let ahead = Ahead::default();
        for n in 1..=RUNS_MAX as u64 + 1 {
            ahead.keep(Run::alone(record(n * 1_000_000, 1)));
        }
        assert!(matches!(ahead.known(Position(1_000_000)), Known::Apart));
        assert!(matches!(ahead.known(Position(2_000_000)), Known::Here(_)));
    }
}
