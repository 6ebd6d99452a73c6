//! Open connections, kept for the next request, and bounded over all hosts.
//!
//! A [`Lease`] is the right to send one request over one connection: alone over HTTP/1, among others over
//! HTTP/2. Every connection holds a slot from before its name is looked up until its socket is dropped. When
//! all slots are taken, connections that idle are closed, the longest idle first; whoever needs a slot waits
//! for one within the connect deadline.

mod lease;
mod slots;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use tokio::time::Instant;

pub(crate) use self::lease::{Lease, Link, Sender};
pub(crate) use self::slots::Slot;
use self::slots::Slots;
use crate::limits::Limits;

pub(crate) type Http1Sender = http1::SendRequest<Full<Bytes>>;
pub(crate) type Http2Sender = http2::SendRequest<Full<Bytes>>;

/// Of the idle connections, the share that is closed at once when room is needed, so that the search for the
/// longest idle is not made for each single one.
const CLOSED_AT_ONCE_DIVISOR: usize = 16;

/// All connections that may serve another request.
pub(crate) struct Pool {
    origins: Mutex<HashMap<Arc<str>, Kept>>,
    slots: Slots,
    idle_per_host: usize,
    idle: Duration,
    swept: Once,
}

/// The connections to one origin.
#[derive(Default)]
struct Kept {
    /// Over HTTP/1, the longest idle in front.
    idle: VecDeque<Idle>,
    /// Over HTTP/2: at most one, and it is kept while in use.
    shared: Option<Shared>,
    /// Held by whoever opens the next connection, once it is known that one will do for all.
    opening: Option<Arc<tokio::sync::Mutex<()>>>,
}

struct Idle {
    sender: Http1Sender,
    link: Arc<Link>,
    since: Instant,
}

struct Shared {
    sender: Http2Sender,
    link: Arc<Link>,
    in_flight: u32,
    since: Instant,
}

impl Shared {
    fn is_idle_since(&self, moment: Instant) -> bool {
        self.in_flight == 0 && self.since <= moment
    }
}

impl Pool {
    pub(crate) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            origins: Mutex::default(),
            slots: Slots::new(limits.connections),
            idle_per_host: limits.idle_per_host,
            idle: limits.idle,
            swept: Once::new(),
        })
    }

    /// A connection to the origin that is open already.
    pub(crate) fn take(self: &Arc<Self>, origin: &Arc<str>) -> Option<Lease> {
        let expired = Instant::now().checked_sub(self.idle);
        let mut origins = self.origins();
        let kept = origins.get_mut(origin)?;
        if let Some(shared) = &mut kept.shared {
            if !shared.sender.is_closed() {
                shared.in_flight += 1;
                shared.link.wire.fill(shared.in_flight);
                let sender = Sender::Http2(shared.sender.clone());
                return Some(Lease::reusing(self, origin, Arc::clone(&shared.link), sender));
            }
            kept.shared = None;
        }
        while let Some(Idle { sender, link, since }) = kept.idle.pop_back() {
            if sender.is_ready() && expired.is_none_or(|expired| since > expired) {
                link.wire.fill(1);
                return Some(Lease::reusing(self, origin, link, Sender::Http1(sender)));
            }
        }
        None
    }

    /// The right to open a connection; none if there is none until then.
    pub(crate) async fn slot(self: &Arc<Self>, until: Instant) -> Option<Slot> {
        self.swept.call_once(|| drop(tokio::spawn(sweep(Arc::downgrade(self), self.idle / 2))));
        if let Some(slot) = self.slots.try_take() {
            return Some(slot);
        }
        self.slots.wait(until, || self.make_room()).await
    }

    /// How many connections are open or being opened.
    pub(crate) fn in_use(&self) -> usize {
        self.slots.in_use()
    }

    /// For origins known to speak HTTP/2: the lock under which the next connection is opened.
    pub(crate) fn opening(&self, origin: &str) -> Option<Arc<tokio::sync::Mutex<()>>> {
        self.origins().get(origin)?.opening.clone()
    }

    /// Offers a new HTTP/2 connection to further requests; one that is there already is preferred.
    fn share(&self, origin: &Arc<str>, sender: &Http2Sender, link: &Arc<Link>) {
        let mut origins = self.origins();
        let kept = origins.entry(Arc::clone(origin)).or_default();
        kept.opening.get_or_insert_default();
        if kept.shared.as_ref().is_none_or(|shared| shared.sender.is_closed()) {
            let (sender, link) = (sender.clone(), Arc::clone(link));
            kept.shared = Some(Shared { sender, link, in_flight: 1, since: Instant::now() });
        }
    }

    /// Keeps an HTTP/1 connection, unless somebody waits for its slot or there are enough.
    fn keep(&self, origin: &Arc<str>, sender: Http1Sender, link: Arc<Link>) {
        // The next response may arrive before its request gets to fill it up.
        link.wire.fill(1);
        let idle = Idle { sender, link, since: Instant::now() };
        let mut origins = self.origins();
        // Asked under the lock, so that whoever waits either is seen here or finds this one there.
        if self.slots.is_contended() {
            return;
        }
        let kept = match origins.get_mut(origin) {
            Some(kept) => kept,
            None => origins.entry(Arc::clone(origin)).or_default(),
        };
        if kept.idle.len() < self.idle_per_host {
            kept.idle.push_back(idle);
        }
    }

    /// Notes that a request over a shared connection has ended, whichever way.
    fn ended(&self, origin: &Arc<str>, link: &Arc<Link>) {
        let mut origins = self.origins();
        let Some(kept) = origins.get_mut(origin) else { return };
        let Some(shared) = kept.shared.as_mut().filter(|shared| Arc::ptr_eq(&shared.link, link)) else {
            return;
        };
        shared.in_flight -= 1;
        shared.since = Instant::now();
        shared.link.wire.fill(shared.in_flight);
        let unwanted = self.idle_per_host == 0 || self.slots.is_contended();
        if shared.in_flight == 0 && unwanted {
            kept.shared = None;
        }
    }

    /// Gives a shared connection to nobody else; the requests that use it go on.
    fn forget(&self, origin: &Arc<str>, link: &Arc<Link>) {
        if let Some(kept) = self.origins().get_mut(origin) {
            kept.shared.take_if(|shared| Arc::ptr_eq(&shared.link, link));
        }
    }

    /// Closes the longest idle connections, a share of all of them.
    fn make_room(&self) {
        let mut since: Vec<Instant> = Vec::new();
        for kept in self.origins().values() {
            since.extend(kept.idle.iter().map(|idle| idle.since));
            since
                .extend(kept.shared.iter().filter(|shared| shared.in_flight == 0).map(|shared| shared.since));
        }
        since.sort_unstable();
        if let Some(last) = since.len().checked_sub(1) {
            self.close_idle(since[last / CLOSED_AT_ONCE_DIVISOR]);
        }
    }

    /// Closes what has been idle since that moment, and forgets origins that nothing is kept of.
    fn close_idle(&self, since: Instant) {
        self.origins().retain(|_, kept| {
            kept.idle.retain(|idle| idle.since > since && !idle.sender.is_closed());
            kept.shared.take_if(|shared| shared.is_idle_since(since) || shared.sender.is_closed());
            !kept.idle.is_empty() || kept.shared.is_some()
        });
    }

    fn origins(&self) -> MutexGuard<'_, HashMap<Arc<str>, Kept>> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes connections whose time is over, for as long as there is a pool.
async fn sweep(pool: Weak<Pool>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let Some(pool) = pool.upgrade() else { return };
        if let Some(expired) = Instant::now().checked_sub(pool.idle) {
            pool.close_idle(expired);
        }
    }
}
