//! Hearing that somebody appended: a hint for the writer to look, and no more than a hint.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::Position;
use sqlx::postgres::{PgListener, PgNotification};
use sqlx::{Executor, PgPool};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// What the trigger on the table speaks on.
const CHANNEL: &str = "hookledger_records";
/// How long nothing may be heard before the server is asked whether it is still there, and how long it may take to answer: a
/// machine that loses its power says nothing.
const QUIET: Duration = Duration::from_secs(10);
const ANSWERING: Duration = Duration::from_secs(5);
/// How long to wait before listening again when that failed; meanwhile the writer polls.
const AGAIN: Duration = Duration::from_secs(1);

/// The last position that was heard of, and that something was heard at all.
#[derive(Debug, Default)]
pub(super) struct Heard {
    position: AtomicU64,
    news: Notify,
}

impl Heard {
    /// Waits until something was heard since the last time.
    pub(super) async fn anything(&self) {
        self.news.notified().await;
    }

    /// Whether there is something after `head`, as far as was heard.
    pub(super) fn is_beyond(&self, head: Position) -> bool {
        self.position.load(Ordering::Acquire) > head.0
    }

    fn hear(&self, notification: &PgNotification) {
        // Whatever else is said there is a reason to look, too.
        let position = notification.payload().parse().unwrap_or(u64::MAX);
        self.position.fetch_max(position, Ordering::AcqRel);
        self.news.notify_one();
    }

    /// The connection was gone for a while: what was said meanwhile is lost.
    fn miss(&self) {
        self.position.store(u64::MAX, Ordering::Release);
        self.news.notify_one();
    }

    /// Everything up to here is known; what is heard later counts again.
    pub(super) fn forget(&self, head: Position) {
        // A notification in between is heard, or the next poll finds what it told of.
        let _ = self.position.compare_exchange(u64::MAX, head.0, Ordering::AcqRel, Ordering::Relaxed);
    }
}

/// Listens for as long as it is not aborted, on a connection of `pool`.
pub(super) async fn listen(pool: PgPool, heard: Arc<Heard>) {
    loop {
        if let Err(error) = listen_once(&pool, &heard).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "appends of other nodes are found by polling: listening failed");
        }
        sleep(AGAIN).await;
    }
}

async fn listen_once(pool: &PgPool, heard: &Heard) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        heard.miss();
        loop {
            match timeout(QUIET, listener.try_recv()).await {
                Ok(Ok(Some(notification))) => heard.hear(&notification),
                Ok(Ok(None)) => break,
                Ok(Err(error)) => return Err(error),
                Err(_quiet) => is_there(&mut listener).await?,
            }
        }
        tracing::info!("the connection that listens for appends was lost and made again");
    }
}

async fn is_there(listener: &mut PgListener) -> Result<(), sqlx::Error> {
    let answer = timeout(ANSWERING, listener.execute("SELECT 1")).await;
    answer.unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))).map(drop)
}
