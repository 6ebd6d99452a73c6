//! Ctrl-C and termination: the first asks for an orderly stop, the second ends the process.

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::say;

/// The exit code of a process that was interrupted.
const INTERRUPTED: i32 = 130;

/// Cancels `stopping` at the first signal and ends the process at the second.
pub(crate) fn stop_on_signal(stopping: CancellationToken) -> Result<()> {
    let listen = |kind| signal(kind).context("failed to listen for signals");
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    tokio::spawn(async move {
        either(&mut interrupt, &mut terminate).await;
        say::line("Stopping: requests that are under way may finish. Press Ctrl-C again to stop at once.");
        stopping.cancel();
        either(&mut interrupt, &mut terminate).await;
        say::line("Stopped at once. What was under way will be made again.");
        std::process::exit(INTERRUPTED);
    });
    Ok(())
}

async fn either(one: &mut Signal, two: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = two.recv() => {}
    }
}
