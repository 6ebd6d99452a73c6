//! [`Ledger`] in memory: for tests of those who use the port. Nothing survives the process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::{Position, Sequence, StreamId};
use hashbrown::HashMap;
use tokio::sync::watch;

use crate::filter::Filter;
use crate::new_record::Batch;
use crate::outcome::{Appended, Conflict, LedgerError, Verdict};
use crate::page::{Filling, Page};
use crate::record::Record;
use crate::store::{Ledger, Load, bounds};
use crate::upcast::Upcasters;

/// A ledger in memory, unbounded in length.
#[derive(Debug)]
pub struct MemoryLedger {
    upcasters: Arc<Upcasters>,
    records: Mutex<Records>,
    head: watch::Sender<Position>,
}

#[derive(Debug, Default)]
struct Records {
    /// The record at position n stands at n - 1.
    all: Vec<Arc<Record>>,
    /// The record at sequence n of a stream stands at n - 1.
    streams: HashMap<StreamId, Vec<Arc<Record>>>,
}

impl Default for MemoryLedger {
    fn default() -> Self {
        Self::new(Upcasters::standard())
    }
}

impl MemoryLedger {
    /// An empty ledger whose readers see what `upcasters` lift.
    pub fn new(upcasters: Arc<Upcasters>) -> Self {
        Self { upcasters, records: Mutex::default(), head: watch::Sender::new(Position::START) }
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Records {
    fn stream(&self, stream: StreamId) -> &[Arc<Record>] {
        self.streams.get(&stream).map_or(&[], Vec::as_slice)
    }

    fn append(&mut self, batch: Batch, upcasters: &Arc<Upcasters>) -> Verdict {
        match self.judge(&batch) {
            Some(verdict) => verdict,
            None => Ok(self.record(batch, upcasters)),
        }
    }

    /// Nothing if the batch can be recorded.
    fn judge(&self, batch: &Batch) -> Option<Verdict> {
        let mut versions = HashMap::new();
        let disputed = batch.records().iter().find(|record| {
            let version = *versions.entry(record.stream).or_insert(self.stream(record.stream).len() as u64);
            versions.insert(record.stream, record.sequence.0);
            version + 1 != record.sequence.0
        })?;
        let standing =
            |sequence: Sequence, stream| self.stream(stream).get(usize::try_from(sequence.0 - 1).ok()?);
        let found = batch.records().iter().map(|record| standing(record.sequence, record.stream));
        let same: Option<Vec<Position>> = found
            .zip(batch.records())
            .map(|(found, record)| found.filter(|found| found.id == record.id).map(|found| found.position))
            .collect();
        Some(match same.as_deref() {
            Some([first, .., last] | [first @ last]) => {
                Ok(Appended { first: *first, last: *last, already: true })
            }
            _ => Err(Conflict {
                stream: disputed.stream,
                expected: Sequence(disputed.sequence.0 - 1),
                found: Sequence(self.stream(disputed.stream).len() as u64),
                existing: standing(disputed.sequence, disputed.stream).map(|found| found.id),
            }),
        })
    }

    fn record(&mut self, batch: Batch, upcasters: &Arc<Upcasters>) -> Appended {
        let first = self.head().0 + 1;
        for (new, position) in batch.into_records().into_iter().zip(first..) {
            let record = Arc::new(Record::recorded(new, Position(position), upcasters.clone()));
            self.streams.entry(record.stream).or_default().push(record.clone());
            self.all.push(record);
        }
        Appended { first: Position(first), last: self.head(), already: false }
    }

    const fn head(&self) -> Position {
        Position(self.all.len() as u64)
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn append(&self, batches: Vec<Batch>) -> Result<Vec<Verdict>, LedgerError> {
        let records = batches.iter().map(|batch| batch.records().len()).sum();
        let bytes = batches.iter().map(Batch::weight).sum();
        if records > bounds::APPEND_RECORDS || bytes > bounds::APPEND_BYTES {
            return Err(LedgerError::TooLarge { records, bytes });
        }
        let mut all = self.lock();
        let verdicts = batches.into_iter().map(|batch| all.append(batch, &self.upcasters)).collect();
        self.head.send_replace(all.head());
        Ok(verdicts)
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, LedgerError> {
        let mut filling = Filling::new(limit);
        let after = usize::try_from(after.0).unwrap_or(usize::MAX);
        for record in self.lock().stream(stream).iter().skip(after) {
            if filling.is_full() {
                break;
            }
            filling.push(record.clone());
        }
        Ok(filling.into_records())
    }

    async fn read_all(&self, after: Position, limit: usize, filter: Filter) -> Result<Page, LedgerError> {
        let records = self.lock();
        let mut filling = Filling::new(limit);
        let from = usize::try_from(after.0).unwrap_or(usize::MAX);
        for record in records.all.iter().skip(from).filter(|record| filter.wants(record.stream.kind)) {
            if filling.is_full() {
                break;
            }
            filling.push(record.clone());
        }
        Ok(filling.into_page(after, records.head()))
    }

    async fn read_one(&self, position: Position) -> Result<Option<Arc<Record>>, LedgerError> {
        let place = position.0.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        Ok(place.and_then(|place| self.lock().all.get(place).cloned()))
    }

    fn head(&self) -> Position {
        *self.head.borrow()
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    fn load(&self) -> Load {
        Load { queued_bytes: 0, capacity_bytes: bounds::APPEND_BYTES as u64 }
    }
}
