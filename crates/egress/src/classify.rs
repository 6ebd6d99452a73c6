//! From the error chain of hyper-util, hyper, rustls and the operating system to one of our kinds.

use std::error::Error as StdError;
use std::io;

use hyper_util::client::legacy;

use crate::connect::{ConnectError, Flooded};
use crate::failure::FailureKind;
use crate::tls::tls_fault;

/// An error of hyper-util's client, understood.
pub(crate) struct Fault {
    pub(crate) kind: FailureKind,
    pub(crate) detail: Option<String>,
    /// hyper handed the request back without having written any of it, or never had a connection for it.
    pub(crate) unsent: bool,
}

impl Fault {
    fn of(kind: FailureKind) -> Self {
        Self { kind, detail: None, unsent: false }
    }
}

/// Understands an error of a request; `http2` says what the connection spoke, if there was one.
pub(crate) fn classify(error: &legacy::Error, http2: bool) -> Fault {
    let chain =
        || std::iter::successors(error.source(), |error: &&(dyn StdError + 'static)| (*error).source());
    if let Some(error) = chain().find_map(|error| error.downcast_ref::<ConnectError>()) {
        return Fault { kind: error.kind, detail: error.detail.clone(), unsent: true };
    }
    // hyper answers "canceled" if and only if it gives the request back (`TrySendError::take_message`).
    // A connect error without ours inside says that the connection of somebody else, on which this request
    // waited for its HTTP/2 stream, did not come about.
    let canceled =
        chain().filter_map(|error| error.downcast_ref::<hyper::Error>()).any(hyper::Error::is_canceled);
    if canceled || error.is_connect() {
        return Fault { unsent: true, ..Fault::of(FailureKind::ClosedEarly) };
    }
    if let Some(fault) = chain().find_map(|error| error.downcast_ref::<io::Error>()).and_then(of_io) {
        return fault;
    }
    match chain().find_map(|error| error.downcast_ref::<hyper::Error>()) {
        Some(error) => of_hyper(error, http2),
        None => Fault::of(FailureKind::ClosedEarly),
    }
}

fn of_io(error: &io::Error) -> Option<Fault> {
    if let Some(inner) = error.get_ref() {
        if inner.is::<Flooded>() {
            return Some(Fault::of(FailureKind::HeadersTooLarge));
        }
        if let Some(error) = inner.downcast_ref::<rustls::Error>() {
            let (kind, detail) = tls_fault(error);
            return Some(Fault { detail: Some(detail), ..Fault::of(kind) });
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
    Some(Fault::of(kind))
}

fn of_hyper(error: &hyper::Error, http2: bool) -> Fault {
    let kind = match error {
        error if error.is_parse_too_large() => FailureKind::HeadersTooLarge,
        error if error.is_parse() => FailureKind::InvalidResponse,
        error if error.is_incomplete_message() || error.is_closed() => FailureKind::ClosedEarly,
        error if error.is_body_write_aborted() => FailureKind::WriteFailed,
        _ if http2 => FailureKind::Http2Error,
        // Bytes that nobody asked for, before the request was written.
        _ => FailureKind::InvalidResponse,
    };
    let detail = (kind == FailureKind::InvalidResponse).then(|| error.to_string());
    Fault { detail, ..Fault::of(kind) }
}
