//! What came back.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Version};

use crate::timing::Timing;
use crate::tls::Tls;

/// A response, of whatever status: redirects, too, are returned and not followed.
///
/// Once the head of a response is there, the status decides about success. Trouble in the body after that
/// (too long, too slow, broken off) is told by `body_end` and is never a failure.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: StatusCode,
    /// The version of HTTP that the receiver spoke.
    pub version: Version,
    /// Within the limits, as received.
    pub headers: HeaderMap,
    /// The beginning of the body, as received, without any decompression.
    pub body: Bytes,
    /// Whether the body is all there, and if not, why.
    pub body_end: BodyEnd,
    /// The address that answered.
    pub peer: SocketAddr,
    /// How the connection is encrypted; none without TLS.
    pub tls: Option<Arc<Tls>>,
    /// How long each phase took.
    pub timing: Timing,
}

impl Response {
    /// Whether the receiver sent, or wanted to send, more than `body` holds.
    pub fn is_body_truncated(&self) -> bool {
        self.body_end != BodyEnd::Complete
    }
}

/// How the body of a response ended for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyEnd {
    /// It came to its end, and all of it was kept.
    Complete,
    /// It came to its end; only its beginning was kept.
    Cut,
    /// It was longer than we read; the connection was closed.
    TooLong,
    /// It did not end within the total deadline; the connection was closed.
    Stalled,
    /// The receiver broke it off, or broke the rules of HTTP in it.
    Broken,
}

impl BodyEnd {
    /// Whether another request can follow on the same HTTP/1 connection.
    pub(crate) fn leaves_connection_usable(self) -> bool {
        matches!(self, Self::Complete | Self::Cut)
    }
}
