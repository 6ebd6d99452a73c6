//! The task that keeps the views up to date.

use std::error::Error;
use std::time::Duration;

use ledger::LedgerError;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::crew::Crew;
use crate::store::WriteError;
use crate::views::Views;

/// The most records that are folded at once.
pub(super) const PAGE_RECORDS_MAX: usize = 8_192;

/// How long to wait after the database could not be written.
const BACKOFF: Duration = Duration::from_millis(500);

/// How the views follow the ledger.
#[derive(Debug, Clone, Copy)]
pub struct RunnerOptions {
    /// Records that are folded at once, at most 8,192.
    pub page_records: usize,
    /// How long a page may grow before it is folded, unless it is full or somebody waits for it: how far the views lag
    /// behind a ledger that is written all the time. Ten times as long while thousands of records come in a second.
    pub linger: Duration,
}

impl Default for RunnerOptions {
    fn default() -> Self {
        Self { page_records: PAGE_RECORDS_MAX, linger: Duration::from_millis(25) }
    }
}

/// Why the views no longer follow the ledger.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The ledger could not be read.
    #[error("the ledger could not be read")]
    Ledger(#[from] LedgerError),
    /// The views could not be written.
    #[error("the views could not be written")]
    Write(#[from] WriteError),
    /// Another runner, or a rebuild, is at work on these views.
    #[error("the views are being written by another task")]
    InUse,
}

/// Keeps views up to date. Whoever opens [`Views`] runs one beside them.
#[derive(Debug)]
pub struct Runner {
    views: Views,
    options: RunnerOptions,
}

impl Runner {
    /// That of `views`.
    pub fn new(views: Views, options: RunnerOptions) -> Self {
        let page_records = options.page_records.clamp(1, PAGE_RECORDS_MAX);
        Self { views, options: RunnerOptions { page_records, ..options } }
    }

    /// Follows the ledger until `stop`, or until the ledger closes. What is being folded then is finished first.
    ///
    /// Outages of the ledger and of the database are waited out; an error means that waiting would not help.
    pub async fn run(self, stop: CancellationToken) -> Result<(), RunnerError> {
        let _turn = self.views.shared().turn.try_lock().map_err(|_| RunnerError::InUse)?;
        loop {
            match self.follow(&stop).await {
                Err(RunnerError::Write(WriteError::Unavailable(error))) => {
                    tracing::warn!(
                        error = &*error as &dyn Error,
                        "the views cannot be written, trying again"
                    );
                }
                ended => return ended,
            }
            if stop.run_until_cancelled(sleep(BACKOFF)).await.is_none() {
                return Ok(());
            }
        }
    }

    async fn follow(&self, stop: &CancellationToken) -> Result<(), RunnerError> {
        let shared = self.views.shared();
        loop {
            let mut crew = Crew::load(shared.clone(), self.options, |_| true).await?;
            crew.swap_what_is_ready().await?;
            let mut reload = false;
            while !reload {
                reload = tokio::select! {
                    biased;
                    () = stop.cancelled() => return Ok(()),
                    () = shared.rebuilds.notified() => true,
                    ready = crew.ready() => match ready {
                        Some(place) => crew.step(place).await?,
                        None => return Ok(()),
                    },
                };
            }
        }
    }
}
