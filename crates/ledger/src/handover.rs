//! What callers hand to the writer of a store, and the room that there is for it.
//!
//! Bounded by the permits that jobs carry: who gets none waits outside, for a while.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

use crate::new_record::Batch;
use crate::outcome::{LedgerError, Verdict};
use crate::store::{Load, bounds};

/// Bytes that one permit stands for; a semaphore cannot count single bytes that far.
const ROOM_UNIT: usize = 1 << 10;
/// When trying again may help.
const RETRY_AFTER: Duration = Duration::from_secs(1);

type Answer = Result<Vec<Verdict>, LedgerError>;

/// One call of append.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) batches: Vec<Batch>,
    /// Of all batches together.
    pub(crate) records: usize,
    pub(crate) reply: oneshot::Sender<Answer>,
    /// Its share of the queue, given back when it was answered.
    pub(crate) room: OwnedSemaphorePermit,
}

impl Job {
    pub(crate) fn refuse(self, error: LedgerError) {
        // Whoever asked may have gone; then nobody wants to know.
        let _ = self.reply.send(Err(error));
    }
}

/// Room for what is queued or in writing.
#[derive(Debug)]
pub(crate) struct Room {
    permits: Arc<Semaphore>,
    /// How many permits there are when nothing is queued.
    capacity: usize,
    patience: Duration,
}

impl Room {
    /// For `bytes`, and at least for one call; who finds none waits for as long as `patience`.
    pub(crate) fn new(bytes: usize, patience: Duration) -> Self {
        let capacity = bytes.max(bounds::APPEND_BYTES) / ROOM_UNIT;
        Self { permits: Arc::new(Semaphore::new(capacity.min(Semaphore::MAX_PERMITS))), capacity, patience }
    }

    /// Hands `batches` over within the bounds of a call as soon as there is room, and waits for the answer.
    pub(crate) async fn append(
        &self,
        batches: Vec<Batch>,
        hand_over: impl FnOnce(Job) -> Result<(), LedgerError>,
    ) -> Answer {
        if batches.is_empty() {
            return Ok(vec![]);
        }
        let records = batches.iter().map(|batch| batch.records().len()).sum();
        let bytes = batches.iter().map(Batch::weight).sum();
        if records > bounds::APPEND_RECORDS || bytes > bounds::APPEND_BYTES {
            return Err(LedgerError::TooLarge { records, bytes });
        }
        let room = self.wait_for(bytes).await?;
        let (reply, answer) = oneshot::channel();
        hand_over(Job { batches, records, reply, room })?;
        // Only a writer that died in the middle of a group leaves no answer.
        answer.await.unwrap_or_else(|gone| Err(LedgerError::InDoubt(Arc::new(gone))))
    }

    async fn wait_for(&self, bytes: usize) -> Result<OwnedSemaphorePermit, LedgerError> {
        let units = u32::try_from(bytes.div_ceil(ROOM_UNIT)).unwrap_or(u32::MAX);
        match timeout(self.patience, self.permits.clone().acquire_many_owned(units)).await {
            Ok(Ok(room)) => Ok(room),
            Ok(Err(_closed)) => Err(LedgerError::ShuttingDown),
            Err(_elapsed) => Err(LedgerError::Overloaded { retry_after: RETRY_AFTER }),
        }
    }

    /// How much is queued or in writing.
    pub(crate) fn load(&self) -> Load {
        let bytes = |units: usize| (units * ROOM_UNIT) as u64;
        let queued = self.capacity.saturating_sub(self.permits.available_permits());
        Load { queued_bytes: bytes(queued), capacity_bytes: bytes(self.capacity) }
    }
}
