//! What one read of the whole ledger returns.

use std::sync::Arc;

use domain::Position;

use crate::record::Record;
use crate::store::bounds;

/// Records in order of position, and how far they reach.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The wanted records, in order of position.
    pub records: Vec<Arc<Record>>,
    /// The last position that was looked at: where to go on, and what a consumer may note as done.
    pub upto: Position,
}

/// Collects a page and knows when it is full.
#[derive(Debug)]
pub(crate) struct Filling {
    records: Vec<Arc<Record>>,
    bytes: usize,
    limit: usize,
}

impl Filling {
    pub(crate) fn new(limit: usize) -> Self {
        Self { records: Vec::new(), bytes: 0, limit: limit.clamp(1, bounds::PAGE_RECORDS) }
    }

    /// How many more records fit by number.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) const fn room(&self) -> usize {
        self.limit - self.records.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.records.len() >= self.limit || self.bytes >= bounds::PAGE_BYTES
    }

    pub(crate) fn push(&mut self, record: Arc<Record>) {
        self.bytes += record.weight();
        self.records.push(record);
    }

    pub(crate) fn into_records(self) -> Vec<Arc<Record>> {
        self.records
    }

    /// The page, when everything after `after` and up to `bound` was looked at unless it filled up before.
    pub(crate) fn into_page(self, after: Position, bound: Position) -> Page {
        let upto = if self.is_full() {
            self.records.last().map_or(after, |record| record.position)
        } else {
            bound.max(after)
        };
        Page { records: self.records, upto }
    }
}
