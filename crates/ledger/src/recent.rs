//! The last records in memory, so that those who follow closely neither read the disk nor decode again.
//!
//! Filled by the writer in order, after the commit. Older records leave when a bound is passed.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use domain::Position;

use crate::filter::Filter;
use crate::page::{Filling, Page};
use crate::record::Record;

/// How much of the ledger's end is kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentBounds {
    /// How many records at most.
    pub records: usize,
    /// How heavy they may be together, in bytes.
    pub bytes: usize,
}

/// The last records of the ledger.
#[derive(Debug)]
pub(crate) struct Recent {
    ring: RwLock<Ring>,
    bounds: RecentBounds,
}

#[derive(Debug)]
struct Ring {
    records: VecDeque<Arc<Record>>,
    bytes: usize,
    /// Everything after this position is in the ring.
    start: Position,
}

impl Recent {
    /// Empty, behind a ledger whose last record stands at `head`.
    pub(crate) const fn new(head: Position, bounds: RecentBounds) -> Self {
        Self { ring: RwLock::new(Ring { records: VecDeque::new(), bytes: 0, start: head }), bounds }
    }

    /// Adds records that follow those before, and forgets the oldest ones.
    pub(crate) fn extend(&self, records: impl Iterator<Item = Arc<Record>>) {
        // Dropped after the lock is released: freeing payloads takes longer than moving them.
        let mut forgotten = Vec::new();
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            ring.bytes += record.weight();
            ring.records.push_back(record);
        }
        while ring.records.len() > self.bounds.records || ring.bytes > self.bounds.bytes {
            let Some(oldest) = ring.records.pop_front() else { break };
            ring.bytes -= oldest.weight();
            ring.start = oldest.position;
            forgotten.push(oldest);
        }
        drop(ring);
        drop(forgotten);
    }

    /// The page after `after`, not beyond `head`, if all of it is in memory.
    pub(crate) fn page(&self, after: Position, head: Position, limit: usize, filter: Filter) -> Option<Page> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        if after < ring.start {
            return None;
        }
        let from = ring.records.partition_point(|record| record.position <= after);
        let mut filling = Filling::new(limit);
        for record in ring.records.range(from..).take_while(|record| record.position <= head) {
            if filling.is_full() {
                break;
            }
            if filter.wants(record.stream.kind) {
                filling.push(record.clone());
            }
        }
        Some(filling.into_page(after, head))
    }

    /// The record at `position`, if it is in memory.
    pub(crate) fn one(&self, position: Position) -> Option<Arc<Record>> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let place = ring.records.binary_search_by_key(&position, |record| record.position).ok()?;
        ring.records.get(place).cloned()
    }
}

#[cfg(test)]
mod tests {
    use domain::{RecordId, Sequence, StreamId, StreamKind, TenantId, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::new_record::{NewRecord, Origin};
    use crate::upcast::Upcasters;

    fn record(position: u64, kind: StreamKind) -> Arc<Record> {
        let origin = Origin {
            tenant: TenantId::from_uuid(Uuid::nil()),
            metadata: "{}".into(),
            recorded_at: Timestamp::from_seconds(1),
        };
        let stream = StreamId { kind, uuid: Uuid::from_u128(position.into()) };
        let id = RecordId::from_uuid(Uuid::nil());
        let new = NewRecord::raw(id, stream, Sequence(1), ("t".into(), 1), "{}", &origin);
        Arc::new(Record::recorded(new, Position(position), Upcasters::standard()))
    }

    fn ring(records: usize, head: u64, positions: impl Iterator<Item = u64>) -> Recent {
        let ring = Recent::new(Position(head), RecentBounds { records, bytes: usize::MAX });
        ring.extend(positions.map(|position| record(position, StreamKind::Event)));
        ring
    }

    fn positions(page: &Page) -> Vec<u64> {
        page.records.iter().map(|record| record.position.0).collect()
    }

    #[test]
    fn a_page_within_the_ring_is_served_and_one_that_starts_before_is_not() {
        let ring = ring(3, 0, 1..=5);
        assert!(ring.page(Position(1), Position(5), 10, Filter::All).is_none());
        let page = ring.page(Position(2), Position(5), 10, Filter::All).unwrap();
        assert_eq!((positions(&page), page.upto), (vec![3, 4, 5], Position(5)));
    }

    #[test]
    fn a_full_page_reaches_to_its_last_record_and_an_empty_one_to_the_head() {
        let ring = ring(9, 0, 1..=5);
        assert_eq!(ring.page(Position(1), Position(5), 2, Filter::All).unwrap().upto, Position(3));
        let none = ring.page(Position(1), Position(5), 2, Filter::CONTROL).unwrap();
        assert_eq!((positions(&none), none.upto), (vec![], Position(5)));
    }

    #[test]
    fn what_is_not_announced_yet_is_not_served() {
        let page = ring(9, 0, 1..=5).page(Position(1), Position(3), 10, Filter::All).unwrap();
        assert_eq!((positions(&page), page.upto), (vec![2, 3], Position(3)));
    }

    #[test]
    fn an_empty_ring_knows_that_there_is_nothing_after_the_head_only() {
        let ring = ring(9, 7, std::iter::empty());
        assert_eq!(ring.page(Position(7), Position(7), 10, Filter::All).unwrap().upto, Position(7));
        assert!(ring.page(Position(6), Position(7), 10, Filter::All).is_none());
    }

    #[test]
    fn heavy_records_push_others_out_even_if_few() {
        let ring = Recent::new(Position(0), RecentBounds { records: 99, bytes: 500 });
        ring.extend((1..=9).map(|position| record(position, StreamKind::Event)));
        assert!(ring.one(Position(6)).is_none());
        assert_eq!(ring.one(Position(9)).unwrap().position, Position(9));
    }
}
