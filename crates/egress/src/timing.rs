//! How long each phase of a request took.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The phases of one request, in microseconds; none for a phase that did not happen or did not end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// Finding the addresses of the host.
    pub dns: Option<u64>,
    /// Opening the TCP connection, over all addresses that were tried.
    pub connect: Option<u64>,
    /// The TLS handshake.
    pub tls: Option<u64>,
    /// From handing the request to an open connection until the head of the response was complete.
    pub first_byte: Option<u64>,
    /// From the call to its end, the body of the response and any waiting included.
    pub total: u64,
    /// Whether the connection was open already, or was opened for somebody else.
    pub reused: bool,
}

/// The phases before a request: those of opening the connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) dns: Option<u64>,
    pub(crate) connect: Option<u64>,
    pub(crate) tls: Option<u64>,
}

/// Whole microseconds; a duration that does not fit in 64 bits (585,000 years) is cut.
pub(crate) fn micros(duration: Duration) -> u64 {
    duration.as_micros().try_into().unwrap_or(u64::MAX)
}
