//! The bound on open connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// The right to one open connection, until it is dropped.
pub(crate) type Slot = OwnedSemaphorePermit;

pub(super) struct Slots {
    free: Arc<Semaphore>,
    max: usize,
    waiting: AtomicUsize,
}

impl Slots {
    pub(super) fn new(max: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(max)), max, waiting: AtomicUsize::new(0) }
    }

    pub(super) fn try_take(&self) -> Option<Slot> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// Waits for a slot; `make_room` is called once it is known that somebody waits.
    pub(super) async fn wait(&self, until: Instant, make_room: impl FnOnce()) -> Option<Slot> {
        let _waiting = Waiting::new(&self.waiting);
        make_room();
        timeout_at(until, Arc::clone(&self.free).acquire_owned()).await.ok()?.ok()
    }

    pub(super) fn in_use(&self) -> usize {
        self.max.saturating_sub(self.free.available_permits())
    }

    /// Whether somebody waits for a slot.
    pub(super) fn is_contended(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }
}

/// Counts somebody who waits, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
