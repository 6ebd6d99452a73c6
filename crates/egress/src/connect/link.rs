//! One open connection, as its requests see it.
//!
//! The connection itself lives in a task of hyper's; the requests that use it live in the tasks of their
//! callers. The link is what they share: whether a request is under way, how much the peer may still send,
//! and whether the connection was asked to close and make room for another.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Waker;

use futures_util::task::AtomicWaker;
use tokio::time::Instant;

use super::call::Call;
use super::connections::Connections;
use crate::timing::{Opening, micros};
use crate::tls::Certificate;

/// Shared by one connection and its requests.
pub(crate) struct Link {
    pub(super) id: u64,
    pub(crate) peer: SocketAddr,
    pub(crate) http2: bool,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) opening: Opening,
    opened_for: Weak<Call>,
    owner: OnceLock<Arc<Connections>>,
    /// Requests under way, by the count of their callers.
    in_flight: AtomicU32,
    /// Set when anything is written, cleared when the response has been read; HTTP/1 only.
    written: AtomicBool,
    /// Whether a request ever used it: one that was just opened is about to be used, not idle.
    used: AtomicBool,
    /// When the last request ended, in microseconds of its owner's time.
    idle_since: AtomicU64,
    /// Bytes that the peer may still send.
    allowance: AtomicU64,
    closing: AtomicBool,
    reader: AtomicWaker,
}

impl Link {
    pub(super) fn new(
        id: u64,
        peer: SocketAddr,
        http2: bool,
        certificate: Option<Certificate>,
        call: &Arc<Call>,
    ) -> Self {
        Self {
            id,
            peer,
            http2,
            certificate,
            opening: call.opening(),
            opened_for: Arc::downgrade(call),
            owner: OnceLock::new(),
            in_flight: AtomicU32::new(0),
            written: AtomicBool::new(false),
            used: AtomicBool::new(false),
            idle_since: AtomicU64::new(0),
            allowance: AtomicU64::new(0),
            closing: AtomicBool::new(false),
            reader: AtomicWaker::new(),
        }
    }

    pub(super) fn belongs_to(&self, owner: &Arc<Connections>) {
        self.allowance.store(owner.grant_bytes(), Ordering::Relaxed);
        self.owner.get_or_init(|| Arc::clone(owner));
    }

    /// Whether the connection was opened for this very request.
    pub(crate) fn was_opened_for(&self, call: &Arc<Call>) -> bool {
        std::ptr::eq(self.opened_for.as_ptr(), Arc::as_ptr(call))
    }

    /// Notes that a request was handed to the connection; it lasts until the guard is dropped.
    pub(crate) fn begin(self: Arc<Self>) -> Use {
        self.used.store(true, Ordering::Relaxed);
        let in_flight = self.in_flight.fetch_add(1, Ordering::AcqRel) + 1;
        self.grant(in_flight);
        Use { link: self, began: Instant::now() }
    }

    /// Takes what was read off the allowance; false once it is overdrawn.
    pub(super) fn spend(&self, bytes: usize) -> bool {
        let taken = self
            .allowance
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes as u64));
        taken.is_ok()
    }

    /// Notes that something is about to be written.
    pub(super) fn writing(&self) {
        if !self.http2 {
            self.written.store(true, Ordering::Release);
        }
    }

    /// Whether reading should end now: asked to close, and nothing has been written that waits for an answer.
    ///
    /// Reading and writing of a connection happen in one task, so over HTTP/1 no request can slip in between:
    /// either it is written first and the connection stays, or hyper finds it unwritten and hands it back.
    pub(super) fn should_end(&self, reader: &Waker) -> bool {
        self.reader.register(reader);
        self.closing.load(Ordering::Acquire) && self.is_idle()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.used.load(Ordering::Relaxed)
            && self.in_flight.load(Ordering::Acquire) == 0
            && !self.written.load(Ordering::Acquire)
    }

    pub(super) fn idle_since(&self) -> u64 {
        self.idle_since.load(Ordering::Relaxed)
    }

    /// Asks an idle connection to close; one that is in use again by then ignores it.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.reader.wake();
    }

    fn grant(&self, in_flight: u32) {
        if let Some(owner) = self.owner.get() {
            self.allowance.store(owner.grant_bytes() * u64::from(in_flight), Ordering::Relaxed);
        }
    }

    fn end(&self) {
        let left = self.in_flight.fetch_sub(1, Ordering::AcqRel) - 1;
        // The next request's response may arrive before its caller gets to say so.
        self.grant(left.max(1));
        if left > 0 {
            return;
        }
        self.written.store(false, Ordering::Release);
        if let Some(owner) = self.owner.get() {
            self.idle_since.store(micros(owner.age()), Ordering::Relaxed);
            if owner.is_contended() {
                self.close();
            }
        }
    }
}

/// A request under way on a connection.
pub(crate) struct Use {
    pub(crate) link: Arc<Link>,
    pub(crate) began: Instant,
}

impl Drop for Use {
    fn drop(&mut self) {
        self.link.end();
    }
}
