//! From the error chain of hyper, rustls and the operating system to one of our kinds.

use std::error::Error as StdError;
use std::io;

use crate::connect::{ConnectError, Flooded};
use crate::failure::FailureKind;
use crate::tls::tls_fault;

/// An error, understood.
#[derive(Debug)]
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

/// Understands an error of a request, on a connection that speaks HTTP/2 or not.
pub(crate) fn classify(error: &hyper::Error, http2: bool) -> Fault {
    let mut chain =
        std::iter::successors(error.source(), |error: &&(dyn StdError + 'static)| (*error).source());
    chain
        .find_map(|error| error.downcast_ref::<io::Error>().and_then(of_io))
        .unwrap_or_else(|| of_hyper(error, http2))
}

fn of_io(error: &io::Error) -> Option<Fault> {
    if let Some(inner) = error.get_ref() {
        if inner.is::<Flooded>() {
            return Some(FailureKind::HeadersTooLarge.into());
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

fn of_hyper(error: &hyper::Error, http2: bool) -> Fault {
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
