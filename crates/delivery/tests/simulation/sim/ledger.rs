//! A model of the ledger: one order, expected sequences, batches all or nothing, the same records never twice.

use std::collections::HashMap;
use std::rc::Rc;

use domain::{Fact, Position, Sequence, TenantId};
use uuid::Uuid;

/// An entry of the ledger.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) position: Position,
    pub(crate) sequence: Sequence,
    pub(crate) stream: Uuid,
    pub(crate) tenant: TenantId,
    pub(crate) fact: Rc<Fact>,
    /// Which batch brought it: appending that again changes nothing.
    pub(crate) batch: BatchId,
}

/// Names a batch, as the ids of its records do in the real ledger.
pub(crate) type BatchId = u64;

/// Records for one stream, all or nothing.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) id: BatchId,
    pub(crate) tenant: TenantId,
    pub(crate) stream: Uuid,
    /// How many records the stream has so far.
    pub(crate) expected: Sequence,
    pub(crate) facts: Vec<Fact>,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is in the ledger since now; its last record stands here.
    Appended(Position),
    /// It was in the ledger before; its last record stands here.
    Already(Position),
    /// The stream has other records at its place.
    Conflict,
}

/// Everything that was recorded.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: Vec<Entry>,
    /// Where the records of each stream stand.
    streams: HashMap<Uuid, Vec<Position>>,
    /// Those of subscriptions once more, so that a start need not read the rest.
    subscriptions: Vec<Entry>,
    batches: BatchId,
}

impl Ledger {
    /// The position of the last record.
    pub(crate) fn head(&self) -> Position {
        Position(self.entries.len() as u64)
    }

    /// The entries after `position`, in order.
    pub(crate) fn after(&self, position: Position) -> &[Entry] {
        &self.entries[usize::try_from(position.0).expect("a simulation is short")..]
    }

    /// What was recorded of subscriptions up to `position`, in order.
    pub(crate) fn subscriptions(&self, upto: Position) -> impl Iterator<Item = &Entry> {
        self.subscriptions.iter().take_while(move |entry| entry.position <= upto)
    }

    /// A name for the next batch.
    pub(crate) const fn name_batch(&mut self) -> BatchId {
        self.batches += 1;
        self.batches
    }

    /// The name of the last batch that was named.
    pub(crate) const fn last_batch(&self) -> BatchId {
        self.batches
    }

    /// Appends a batch if its stream is as long as it expects.
    pub(crate) fn append(&mut self, batch: &Batch) -> Verdict {
        assert!(!batch.facts.is_empty(), "an empty batch was appended");
        let found = self.streams.entry(batch.stream).or_default();
        let expected = usize::try_from(batch.expected.0).expect("a stream is short");
        if found.len() != expected {
            let standing = found.get(expected..expected + batch.facts.len()).unwrap_or_default();
            let of_it =
                |at: &&Position| self.entries[usize::try_from(at.0).expect("small") - 1].batch == batch.id;
            let same = standing.iter().filter(of_it).count() == batch.facts.len();
            return if same { Verdict::Already(standing[standing.len() - 1]) } else { Verdict::Conflict };
        }
        let mut sequence = batch.expected;
        for fact in &batch.facts {
            sequence = sequence.next();
            let position = Position(self.entries.len() as u64 + 1);
            found.push(position);
            let (stream, tenant, fact) = (batch.stream, batch.tenant, Rc::new(fact.clone()));
            let entry = Entry { position, sequence, stream, tenant, fact, batch: batch.id };
            if matches!(*entry.fact, Fact::Subscription(_)) {
                self.subscriptions.push(entry.clone());
            }
            self.entries.push(entry);
        }
        Verdict::Appended(self.head())
    }
}
