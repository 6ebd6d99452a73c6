//! What TLS reads from, with a bound on how much the peer may send before the handshake is over.
//!
//! A message of a handshake may have 64 KiB, and is kept until it is whole; a greeting with a long chain of
//! certificates has 10.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::Flooded;

/// The most that a peer may send before the handshake is over.
const GREETING_BYTES_MAX: usize = 32 * 1024;

/// A connection that TLS speaks over.
pub(crate) struct Greeting {
    tcp: TcpStream,
    /// What the peer may still send; none once the handshake is over.
    left: Option<usize>,
}

impl Greeting {
    pub(crate) fn new(tcp: TcpStream) -> Self {
        Self { tcp, left: Some(GREETING_BYTES_MAX) }
    }

    /// The handshake is over: others count from now on.
    pub(crate) fn is_over(&mut self) {
        self.left = None;
    }
}

impl AsyncRead for Greeting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(cx, buf))?;
        if let Some(left) = self.left {
            let Some(left) = left.checked_sub(buf.filled().len() - before) else {
                return Poll::Ready(Err(io::Error::other(Flooded)));
            };
            self.left = Some(left);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Greeting {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
