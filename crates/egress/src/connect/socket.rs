//! The stream that hyper reads and writes, with a bound on what the peer may send.
//!
//! hyper bounds a head and we bound a body, yet a peer can also flood us with what is neither: interim
//! responses, pings, settings, padding. So each request grants its connection a number of bytes, and a peer
//! that sends more than it was granted is cut off.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::client::TlsStream;

/// An open stream, with or without TLS.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls { stream: Box<TlsStream<TcpStream>>, http2: bool },
}

impl Stream {
    pub(crate) fn is_http2(&self) -> bool {
        matches!(self, Self::Tls { http2: true, .. })
    }
}

/// How much a peer may still send, in bytes; shared by a connection and its requests.
#[derive(Debug)]
pub(crate) struct Allowance {
    left: AtomicU64,
    grant: u64,
}

impl Allowance {
    /// Enough for one request.
    pub(crate) fn new(grant: u64) -> Self {
        Self { left: AtomicU64::new(grant), grant }
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
    allowance: Arc<Allowance>,
    _slot: OwnedSemaphorePermit,
}

impl Socket {
    pub(crate) fn new(stream: Stream, allowance: Arc<Allowance>, slot: OwnedSemaphorePermit) -> Self {
        Self { stream, allowance, _slot: slot }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls { stream, .. } => Pin::new(stream.as_mut()).poll_read(cx, buf),
        })?;
        if self.allowance.take(buf.filled().len() - before) {
            Poll::Ready(Ok(()))
        } else {
            Poll::Ready(Err(io::Error::other(Flooded)))
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Tls { stream, .. } => Pin::new(stream.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Stream::Tls { stream, .. } => Pin::new(stream.as_mut()).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls { stream, .. } => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls { stream, .. } => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls { stream, .. } => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}
