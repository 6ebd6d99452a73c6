//! The right to send one request over one connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::{Http1Sender, Http2Sender, Pool};
use crate::connect::Wire;
use crate::tls::Tls;

/// What is known of a connection.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) peer: SocketAddr,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) wire: Arc<Wire>,
    /// Speaks HTTP over it.
    pub(crate) task: AbortHandle,
}

/// How long a connection that nobody needs any more may take to say goodbye, and one whose response has been
/// read to take the rest of the request.
const GOODBYE: Duration = Duration::from_secs(1);

/// With the last user of a connection, the connection ends by itself, but for a peer that reads nothing: then
/// what is left to be written would keep it, and its slot, as long as the peer likes.
impl Drop for Link {
    fn drop(&mut self) {
        let task = self.task.clone();
        if task.is_finished() {
            return;
        }
        match Handle::try_current() {
            Err(_) => task.abort(),
            Ok(runtime) => drop(runtime.spawn(async move {
                sleep(GOODBYE).await;
                task.abort();
            })),
        }
    }
}

/// Dropped at any moment, it closes its HTTP/1 connection or resets its HTTP/2 stream; only [`Lease::done`]
/// brings an HTTP/1 connection back to the pool.
pub(crate) struct Lease {
    pub(crate) link: Arc<Link>,
    /// Whether the connection was open before the request came.
    pub(crate) reused: bool,
    /// None only while it is being dropped.
    sender: Option<Sender>,
    pool: Arc<Pool>,
    origin: Arc<str>,
}

pub(crate) enum Sender {
    Http1(Http1Sender),
    Http2(Http2Sender),
}

impl Lease {
    pub(super) fn reusing(pool: &Arc<Pool>, origin: &Arc<str>, link: Arc<Link>, sender: Sender) -> Self {
        let (pool, origin) = (Arc::clone(pool), Arc::clone(origin));
        Self { link, reused: true, sender: Some(sender), pool, origin }
    }

    /// The first use of a new connection; over HTTP/2 others may join it right away.
    pub(crate) fn of_new(pool: &Arc<Pool>, origin: &Arc<str>, link: Link, sender: Sender) -> Self {
        let link = Arc::new(link);
        if let Sender::Http2(sender) = &sender {
            pool.share(origin, sender, &link);
        }
        let (pool, origin) = (Arc::clone(pool), Arc::clone(origin));
        Self { link, reused: false, sender: Some(sender), pool, origin }
    }

    pub(crate) fn is_http2(&self) -> bool {
        matches!(self.sender, Some(Sender::Http2(_)))
    }

    pub(crate) fn sender(&mut self) -> &mut Sender {
        self.sender.as_mut().expect("the sender is there until the lease is dropped")
    }

    /// The response was read to its end: the connection can serve another request.
    pub(crate) fn done(mut self) {
        let Some(Sender::Http1(mut sender)) =
            self.sender.take_if(|sender| matches!(sender, Sender::Http1(_)))
        else {
            return;
        };
        if sender.is_ready() {
            self.pool.keep(&self.origin, sender, Arc::clone(&self.link));
        } else if !sender.is_closed() {
            // hyper's side of the connection has a last step to take, or the peer has not read all of the request.
            let (pool, origin, link) =
                (Arc::clone(&self.pool), Arc::clone(&self.origin), Arc::clone(&self.link));
            tokio::spawn(async move {
                if let Ok(Ok(())) = timeout(GOODBYE, sender.ready()).await {
                    pool.keep(&origin, sender, link);
                }
            });
        }
    }

    /// The connection has gone silent: over HTTP/2, too, nobody else should wait on it.
    pub(crate) fn abandon(self) {
        self.pool.forget(&self.origin, &self.link);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.is_http2() {
            self.pool.ended(&self.origin, &self.link);
        }
    }
}
