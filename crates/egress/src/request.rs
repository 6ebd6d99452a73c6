//! What to send.

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::deadline::Deadlines;
use crate::endpoint::Endpoint;

/// One HTTP request.
///
/// `Host`, `Content-Length` and the framing are set by the client, whatever `headers` say; `User-Agent` is
/// set if it is missing. Every other header goes out as it is, so judge those of users with
/// [`crate::check_header`] before.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where to.
    pub endpoint: Endpoint,
    /// `POST`, unless it is a handshake with a receiver.
    pub method: Method,
    /// What goes along.
    pub headers: HeaderMap,
    /// The exact bytes of the body.
    pub body: Bytes,
    /// How long it may take.
    pub deadlines: Deadlines,
}

impl Request {
    /// A `POST` with the usual deadlines.
    pub fn post(endpoint: Endpoint, headers: HeaderMap, body: Bytes) -> Self {
        Self { endpoint, method: Method::POST, headers, body, deadlines: Deadlines::default() }
    }
}
