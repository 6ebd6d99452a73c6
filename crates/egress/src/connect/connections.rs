//! The bound on open connections, over all hosts.
//!
//! Every connection holds a slot from before its name is looked up until its socket is dropped. When all are
//! taken, connections that idle in the pool are asked to close, the longest idle first; whoever needs a slot
//! waits for one within its connect deadline.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::link::Link;
use super::socket::{Socket, Stream};

/// Of the idle connections, the share that is closed at once when room is needed, so that the search for the
/// longest idle is not made for each single one.
const CLOSED_AT_ONCE_DIVISOR: usize = 16;

/// All open connections.
pub(crate) struct Connections {
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    open: Mutex<HashMap<u64, Arc<Link>>>,
    next: AtomicU64,
    grant_bytes: u64,
    born: Instant,
}

/// The right to one open connection.
pub(super) struct Slot {
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// At most `max` connections, whose peers may send `grant_bytes` for each request.
    pub(crate) fn new(max: usize, grant_bytes: u64) -> Arc<Self> {
        Arc::new(Self {
            slots: Arc::new(Semaphore::new(max)),
            waiting: AtomicUsize::new(0),
            open: Mutex::default(),
            next: AtomicU64::new(0),
            grant_bytes,
            born: Instant::now(),
        })
    }

    /// How many connections are open or being opened.
    pub(crate) fn in_use(&self, max: usize) -> usize {
        max.saturating_sub(self.slots.available_permits())
    }

    /// A slot; none if there is none until then.
    pub(super) async fn slot(&self, until: Instant) -> Option<Slot> {
        if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
            return Some(Slot { _permit: permit });
        }
        let _waiting = Waiting::new(&self.waiting);
        self.close_idle();
        let permit = timeout_at(until, Arc::clone(&self.slots).acquire_owned()).await.ok()?.ok()?;
        Some(Slot { _permit: permit })
    }

    /// Makes a socket of an open stream and keeps an eye on it until it is dropped.
    pub(super) fn admit(
        self: &Arc<Self>,
        slot: Slot,
        link: impl FnOnce(u64) -> Link,
        stream: Stream,
    ) -> Socket {
        let link = Arc::new(link(self.next.fetch_add(1, Ordering::Relaxed)));
        link.belongs_to(self);
        self.open().insert(link.id, Arc::clone(&link));
        Socket::new(stream, link, Arc::clone(self), slot)
    }

    pub(super) fn forget(&self, link: &Link) {
        self.open().remove(&link.id);
    }

    /// Whether somebody waits for a slot.
    pub(super) fn is_contended(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    pub(super) fn grant_bytes(&self) -> u64 {
        self.grant_bytes
    }

    pub(super) fn age(&self) -> Duration {
        self.born.elapsed()
    }

    fn close_idle(&self) {
        let mut idle: Vec<Arc<Link>> = self.open().values().filter(|link| link.is_idle()).cloned().collect();
        let closing = idle.len().div_ceil(CLOSED_AT_ONCE_DIVISOR);
        idle.sort_unstable_by_key(|link| link.idle_since());
        for link in idle.into_iter().take(closing) {
            link.close();
        }
    }

    fn open(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<Link>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts somebody who waits, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
