//! The stream that hyper reads and writes, with a bound on what the peer may send.
//!
//! hyper bounds a head and we bound a body, yet a peer can also flood us with what is neither: interim
//! responses, pings, settings, padding. So each request grants its connection a number of bytes, and a peer
//! that sends more than it was granted is cut off.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::connections::{Connections, Slot};
use super::link::Link;

/// An open connection, with or without TLS.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls { stream: Box<TlsStream<TcpStream>>, http2: bool },
}

impl Stream {
    pub(super) fn is_http2(&self) -> bool {
        matches!(self, Self::Tls { http2: true, .. })
    }
}

/// A connection of hyper's, counted and bounded.
pub(crate) struct Socket {
    stream: Stream,
    link: Arc<Link>,
    owner: Arc<Connections>,
    _slot: Slot,
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

impl Socket {
    pub(super) fn new(stream: Stream, link: Arc<Link>, owner: Arc<Connections>, slot: Slot) -> Self {
        Self { stream, link, owner, _slot: slot }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.owner.forget(&self.link);
    }
}

impl Connection for Socket {
    fn connected(&self) -> Connected {
        let connected = Connected::new().extra(Arc::clone(&self.link));
        if self.stream.is_http2() { connected.negotiated_h2() } else { connected }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.link.should_end(cx.waker()) {
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls { stream, .. } => Pin::new(stream.as_mut()).poll_read(cx, buf),
        })?;
        if self.link.spend(buf.filled().len() - before) {
            Poll::Ready(Ok(()))
        } else {
            Poll::Ready(Err(io::Error::other(Flooded)))
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.link.writing();
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
        self.link.writing();
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
