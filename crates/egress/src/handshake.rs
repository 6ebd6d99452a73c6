//! HTTP over an open stream: the settings with which hyper speaks it, and the task that it runs in.

use std::sync::Arc;

use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::task::AbortHandle;

use crate::classify::{Fault, classify};
use crate::connect::{Socket, Stream, Wire};
use crate::limits::Limits;
use crate::pool::{Sender, Slot};

/// HTTP/2 lets a peer send this much ahead of our reading, over all streams of a connection.
const HTTP2_CONNECTION_WINDOW_BYTES: u32 = 256 * 1024;

/// The smallest window that HTTP/2 begins with.
const HTTP2_STREAM_WINDOW_BYTES_MIN: u32 = 64 * 1024 - 1;

/// How hyper is told to speak HTTP.
pub(crate) struct Handshake {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    grant_bytes: u64,
}

impl Handshake {
    pub(crate) fn new(limits: &Limits) -> Self {
        let mut http1 = http1::Builder::new();
        http1.max_buf_size(limits.head_bytes);

        let head_bytes = u32::try_from(limits.head_bytes).unwrap_or(u32::MAX);
        let body_bytes = u32::try_from(limits.body_read_bytes).unwrap_or(u32::MAX);
        let window = body_bytes.max(HTTP2_STREAM_WINDOW_BYTES_MIN);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .max_header_list_size(head_bytes)
            .initial_stream_window_size(window)
            .initial_connection_window_size(window.max(HTTP2_CONNECTION_WINDOW_BYTES));
        Self { http1, http2, grant_bytes: limits.grant_bytes() }
    }

    /// Begins to speak HTTP over the stream. The connection lives in a task of its own from now on, and ends
    /// with its last sender, unless it is stuck; so whoever drops that one has an end to put to it.
    pub(crate) async fn begin(
        &self,
        stream: Stream,
        slot: Slot,
    ) -> Result<(Sender, Arc<Wire>, AbortHandle), Fault> {
        let http2 = stream.is_http2();
        let wire = Arc::new(Wire::new(self.grant_bytes));
        let io = TokioIo::new(Socket::new(stream, Arc::clone(&wire), slot));
        let (sender, task) = if http2 {
            let (sender, connection) =
                self.http2.handshake(io).await.map_err(|error| classify(&error, http2, &wire))?;
            (Sender::Http2(sender), tokio::spawn(connection).abort_handle())
        } else {
            let (sender, connection) =
                self.http1.handshake(io).await.map_err(|error| classify(&error, http2, &wire))?;
            (Sender::Http1(sender), tokio::spawn(connection).abort_handle())
        };
        Ok((sender, wire, task))
    }
}
