//! The stream that hyper reads and writes, with a bound on what the peer may send.
//!
//! hyper bounds a head and we bound a body, yet a peer can also flood us with what is neither: interim
//! responses, pings, settings, padding. So each request grants its connection a number of bytes, and a peer
//! that sends more than it was granted is cut off.
//!
//! How a connection broke is noted here, because hyper forgets it on the way to requests that are not under
//! way yet, and h2 on the way to all of them.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::client::TlsStream;

use super::Greeting;
use crate::classify::{Fault, of_io};
use crate::failure::FailureKind;

/// An open stream, with or without TLS.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls { stream: Box<TlsStream<Greeting>>, http2: bool },
}

impl Stream {
    pub(crate) fn is_http2(&self) -> bool {
        matches!(self, Self::Tls { http2: true, .. })
    }
}

/// What a connection shares with its requests: how much the peer may still send, in bytes, and how it broke.
#[derive(Debug)]
pub(crate) struct Wire {
    left: AtomicU64,
    grant: u64,
    broken: OnceLock<Fault>,
}

impl Wire {
    /// Enough for one request.
    pub(crate) fn new(grant: u64) -> Self {
        Self { left: AtomicU64::new(grant), grant, broken: OnceLock::new() }
    }

    /// The first fault of the socket, if it had one; that the peer has closed its side counts as one.
    pub(crate) fn broken(&self) -> Option<&Fault> {
        self.broken.get()
    }

    fn note<T>(&self, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &polled
            && let Some(fault) = of_io(error)
        {
            self.broken.get_or_init(|| fault);
        }
        polled
    }

    /// Fills it up for so many requests at the same time.
    pub(crate) fn fill(&self, requests: u32) {
        self.left.store(self.grant * u64::from(requests.max(1)), Ordering::Relaxed);
    }

    /// False, once more was taken than is left.
    fn take(&self, bytes: usize) -> bool {
        let take = |left: u64| left.checked_sub(bytes as u64);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

/// The peer sent more than it was granted.
#[derive(Debug)]
pub(crate) struct Flooded;

impl fmt::Display for Flooded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the peer sent too much")
    }
}

impl std::error::Error for Flooded {}

/// A stream in the hands of hyper, counted by its slot and bounded by its allowance.
pub(crate) struct Socket {
    stream: Stream,
    wire: Arc<Wire>,
    _slot: OwnedSemaphorePermit,
}

impl Socket {
    pub(crate) fn new(stream: Stream, wire: Arc<Wire>, slot: OwnedSemaphorePermit) -> Self {
        Self { stream, wire, _slot: slot }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (before, room) = (buf.filled().len(), buf.remaining());
        let read = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls { stream, .. } => Pin::new(stream.as_mut()).poll_read(cx, buf),
        };
        ready!(self.wire.note(read))?;
        let count = buf.filled().len() - before;
        if count == 0 && room > 0 {
            self.wire.broken.get_or_init(|| FailureKind::ClosedEarly.into());
        }
        if self.wire.take(count) {
            Poll::Ready(Ok(()))
        } else {
            self.wire.note(Poll::Ready(Err(io::Error::other(Flooded))))
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Tls { stream, .. } => Pin::new(stream.as_mut()).poll_write(cx, buf),
        };
        self.wire.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Stream::Tls { stream, .. } => Pin::new(stream.as_mut()).poll_write_vectored(cx, bufs),
        };
        self.wire.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls { stream, .. } => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls { stream, .. } => Pin::new(stream.as_mut()).poll_flush(cx),
        };
        self.wire.note(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls { stream, .. } => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}
