//! What a receiver does with a connection, as data.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// Between two bytes of a receiver that drips; many times within the deadline of a test, and never done by then.
const DRIP_INTERVAL: Duration = Duration::from_millis(40);

/// Waits, says, goes on.
#[derive(Clone, Copy)]
pub(super) struct Script {
    pub(super) waits: Waits,
    pub(super) says: fn() -> Vec<u8>,
    pub(super) then: Then,
}

/// What it waits for before it says anything.
#[derive(Clone, Copy)]
pub(super) enum Waits {
    /// Nothing at all.
    Not,
    /// The first bytes, such as a greeting of TLS.
    ForSome,
    /// The head of a request of HTTP/2.
    ForStream,
    /// A whole request of HTTP/1.
    ForRequest,
}

/// How it goes on, after what it said.
#[derive(Clone, Copy)]
pub(super) enum Then {
    /// Keeps the connection open, reads and says nothing.
    Hangs,
    /// Closes the connection.
    Closes,
    /// Closes its side only, and goes on reading.
    HalfCloses,
    /// Resets the connection.
    Resets,
    /// Says this again and again, as fast as it can, and reads nothing.
    Repeats(fn() -> Vec<u8>),
    /// Says this again and again, one byte at a time, slowly.
    Drips(fn() -> Vec<u8>),
}

/// A connection that can be reset.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Does what the script says until it is done or the peer has gone.
pub(super) async fn perform(script: &Script, mut wire: impl Wire) {
    match script.waits {
        Waits::Not => {}
        Waits::ForSome => drop(wire.read(&mut [0; 4096]).await),
        Waits::ForStream => read_until(&mut wire, has_stream).await,
        Waits::ForRequest => read_until(&mut wire, is_whole).await,
    }
    if wire.write_all(&(script.says)()).await.is_err() || wire.flush().await.is_err() {
        return;
    }
    match script.then {
        Then::Hangs => hang(&mut wire).await,
        Then::Closes => {}
        Then::HalfCloses => {
            let _gone = wire.shutdown().await;
            hang(&mut wire).await;
        }
        Then::Resets => wire.tcp().set_zero_linger().unwrap(),
        Then::Repeats(what) => {
            let what = what();
            let many = what.repeat(1 + 16 * 1024 / what.len());
            while wire.write_all(&many).await.is_ok() {}
        }
        Then::Drips(what) => {
            for byte in what().iter().cycle() {
                if wire.write_all(&[*byte]).await.is_err() || wire.flush().await.is_err() {
                    return;
                }
                tokio::time::sleep(DRIP_INTERVAL).await; // The receiver's manner, not the test's patience.
            }
        }
    }
}

async fn hang(wire: &mut impl Wire) {
    let mut sink = [0; 1024];
    while wire.read(&mut sink).await.is_ok_and(|read| read > 0) {}
}

async fn read_until(wire: &mut impl Wire, enough: fn(&[u8]) -> bool) {
    let mut read = Vec::new();
    let mut some = [0; 4096];
    while !enough(&read) {
        match wire.read(&mut some).await {
            Ok(count) if count > 0 => read.extend_from_slice(&some[..count]),
            _ => return,
        }
    }
}

/// Whether there is a frame with a head after the preface.
fn has_stream(read: &[u8]) -> bool {
    const PREFACE_BYTES: usize = 24;
    const HEADERS: u8 = 1;
    let mut rest = read.get(PREFACE_BYTES..).unwrap_or_default();
    while let Some((head, after)) = rest.split_at_checked(9) {
        if head[3] == HEADERS {
            return true;
        }
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        rest = after.get(length..).unwrap_or_default();
    }
    false
}

fn is_whole(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}
