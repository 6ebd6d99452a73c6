//! TCP to the first of several addresses that answers.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::{ConnectError, Progress};
use crate::failure::FailureKind;

/// How many addresses of a host are tried.
const ADDRESSES_TRIED_MAX: usize = 8;

/// Tries one address after the other, IPv4 first, each with its share of the time that is left, so that one
/// that swallows packets does not use up the time of the others. The error is that of the last.
///
/// The address is the one that was asked for: a socket that has been reset since does not know its peer.
pub(super) async fn dial(
    addresses: &[SocketAddr],
    until: Instant,
    progress: &mut Progress,
) -> Result<(TcpStream, SocketAddr), ConnectError> {
    let mut order = addresses.to_vec();
    order.sort_by_key(SocketAddr::is_ipv6);
    order.dedup();
    order.truncate(ADDRESSES_TRIED_MAX);

    let mut last = FailureKind::ConnectFailed.into();
    for (left, address) in (1..=order.len()).rev().zip(order) {
        progress.peer = Some(address);
        let now = Instant::now();
        let share = until.saturating_duration_since(now) / u32::try_from(left).unwrap_or(1);
        match timeout_at(now + share, connect(address)).await {
            Ok(Ok(stream)) => return Ok((stream, address)),
            Ok(Err(error)) => last = fault(&error),
            Err(_) => last = FailureKind::ConnectTimeout.into(),
        }
    }
    Err(last)
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place, and the address has been judged")]
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?; // Requests are written at once; waiting for more only adds latency.
    Ok(stream)
}

/// What an error of the operating system means to the owner of the receiver.
fn fault(error: &io::Error) -> ConnectError {
    let kind = match error.kind() {
        io::ErrorKind::ConnectionRefused => FailureKind::ConnectRefused,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::NotConnected => {
            FailureKind::ConnectReset
        }
        io::ErrorKind::TimedOut => FailureKind::ConnectTimeout,
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::PermissionDenied => FailureKind::ConnectUnreachable,
        // No local port or address left.
        io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable | io::ErrorKind::OutOfMemory => {
            FailureKind::LocalLimit
        }
        _ if error.raw_os_error().is_some_and(is_out_of_files) => FailureKind::LocalLimit,
        _ => FailureKind::ConnectFailed,
    };
    kind.into()
}

/// `ENFILE` and `EMFILE`: no file descriptor left, which the standard library has no name for.
fn is_out_of_files(code: i32) -> bool {
    matches!(code, 23 | 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_operating_system_have_their_class() {
        for (code, kind) in [
            (111, FailureKind::ConnectRefused),
            (104, FailureKind::ConnectReset),
            (110, FailureKind::ConnectTimeout),
            (101, FailureKind::ConnectUnreachable),
            (113, FailureKind::ConnectUnreachable),
            (13, FailureKind::ConnectUnreachable),
            (99, FailureKind::LocalLimit),
            (24, FailureKind::LocalLimit),
            (23, FailureKind::LocalLimit),
            (22, FailureKind::ConnectFailed),
        ] {
            assert_eq!(fault(&io::Error::from_raw_os_error(code)).kind, kind, "{code}");
        }
    }
}
