//! Waiting for a condition, the only place where tests let time pass.

use std::time::{Duration, Instant};

/// How often a condition is looked at.
const INTERVAL: Duration = Duration::from_millis(5);

/// How long a condition may take, unless a test says otherwise: much longer than it ever takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks `look` until it answers, and gives the answer.
///
/// # Panics
/// After [`PATIENCE`], naming `what` was waited for.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, look).await
}

/// Like [`until`], with a deadline of its own.
pub async fn until_within<T>(patience: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < patience, "waited {patience:?} in vain for {what}");
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Asks `holds` until it does.
pub async fn until_true(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    until(what, async || holds().await.then_some(())).await;
}

/// Whether it comes to that `holds` within `patience`.
pub async fn comes_true_within(patience: Duration, mut holds: impl AsyncFnMut() -> bool) -> bool {
    let started = Instant::now();
    while !holds().await {
        if started.elapsed() >= patience {
            return false;
        }
        tokio::time::sleep(INTERVAL).await;
    }
    true
}
