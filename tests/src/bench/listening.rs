//! How a program of the benchmark says where it listens: one line on its standard output.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use anyhow::Result;
use tokio::net::TcpListener;

/// A listener on a free port of loopback.
pub async fn local_listener() -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Tells whoever started this program its address.
pub fn announce(address: SocketAddr) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{address}")?;
    Ok(out.flush()?)
}
