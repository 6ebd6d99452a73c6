//! From the error chain of hyper, h2, rustls and the operating system to one of our kinds.

use std::error::Error as StdError;
use std::io;

use crate::connect::{ConnectError, Flooded, Wire};
use crate::failure::FailureKind;
use crate::tls::tls_fault;

/// An error, understood.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) kind: FailureKind,
    pub(crate) detail: Option<String>,
}

impl From<FailureKind> for Fault {
    fn from(kind: FailureKind) -> Self {
        Self { kind, detail: None }
    }
}

impl From<ConnectError> for Fault {
    fn from(error: ConnectError) -> Self {
        Self { kind: error.kind, detail: error.detail }
    }
}

/// Understands an error of a request, on a connection that speaks HTTP/2 or not: what the receiver did to the
/// request, else what happened to the connection, else that it closed.
pub(crate) fn classify(error: &hyper::Error, http2: bool, wire: &Wire) -> Fault {
    let mut chain =
        std::iter::successors(error.source(), |error: &&(dyn StdError + 'static)| (*error).source());
    chain
        .find_map(|error| error.downcast_ref::<h2::Error>().and_then(of_h2))
        .or_else(|| error.is_parse().then(|| of_hyper(error, http2)))
        .or_else(|| wire.broken().cloned())
        .unwrap_or_else(|| of_hyper(error, http2))
}

/// Understands an error of a socket; none if it says nothing.
pub(crate) fn of_io(error: &io::Error) -> Option<Fault> {
    if let Some(inner) = error.get_ref() {
        if inner.is::<Flooded>() {
            return Some(FailureKind::Flooded.into());
        }
        if let Some(error) = inner.downcast_ref::<rustls::Error>() {
            let (kind, detail) = tls_fault(error);
            return Some(Fault { kind, detail: Some(detail) });
        }
    }
    let kind = match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => FailureKind::Reset,
        io::ErrorKind::BrokenPipe | io::ErrorKind::WriteZero => FailureKind::WriteFailed,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::NotConnected => FailureKind::ClosedEarly,
        // The operating system gave up on a peer that is gone.
        io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            FailureKind::Reset
        }
        _ => return None,
    };
    Some(kind.into())
}

/// How h2 names its bounds on the head of a response.
const HEAD_BOUNDS: [&str; 2] = ["header_list_way_too_large", "too_many_continuations"];

/// Understands who ended an HTTP/2 stream or connection, and why; none if it was not ended by a frame.
fn of_h2(error: &h2::Error) -> Option<Fault> {
    let reason = error.reason()?;
    let detail = error.to_string();
    let kind = match (error.is_remote(), error.is_go_away()) {
        (true, true) => FailureKind::Http2Goaway,
        (true, false) => FailureKind::Http2Reset,
        // The bounds of h2 itself, which it tells apart in words only.
        (false, _) if HEAD_BOUNDS.iter().any(|bound| detail.contains(bound)) => FailureKind::HeadersTooLarge,
        (false, _) if reason == h2::Reason::ENHANCE_YOUR_CALM => FailureKind::Flooded,
        (false, _) => FailureKind::Http2Error,
    };
    Some(Fault { kind, detail: Some(detail) })
}

fn of_hyper(error: &hyper::Error, http2: bool) -> Fault {
    // A request that was waiting for its turn when the connection ended.
    if error.is_canceled()
        && let Some(cause) = error.source().and_then(|cause| cause.downcast_ref::<hyper::Error>())
    {
        return of_hyper(cause, http2);
    }
    let kind = match error {
        error if error.is_parse_too_large() => FailureKind::HeadersTooLarge,
        error if error.is_parse() => FailureKind::InvalidResponse,
        error if error.is_incomplete_message() || error.is_closed() || error.is_canceled() => {
            FailureKind::ClosedEarly
        }
        error if error.is_body_write_aborted() => FailureKind::WriteFailed,
        _ if http2 => FailureKind::Http2Error,
        // Bytes that nobody asked for, before the request was written.
        _ => FailureKind::InvalidResponse,
    };
    let detail = match kind {
        FailureKind::InvalidResponse => Some(error.to_string()),
        FailureKind::Http2Error => error.source().map(ToString::to_string),
        _ => None,
    };
    Fault { kind, detail }
}
