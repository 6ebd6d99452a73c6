//! Following the ledger: page after page, then waiting for the next commit.

use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::filter::Filter;
use crate::outcome::LedgerError;
use crate::page::Page;
use crate::store::{Ledger, bounds};

/// How long a tail waits for word of a commit before it looks by itself.
const POLL: Duration = Duration::from_secs(1);

/// Pulls every wanted record after some position, in order, once, and then as they come.
///
/// Holds one page at most: a slow consumer costs the store nothing.
pub struct Tail {
    ledger: Arc<dyn Ledger>,
    after: Position,
    filter: Filter,
    limit: usize,
    head: watch::Receiver<Position>,
}

impl Tail {
    /// Follows `ledger` from the first record after `after`.
    pub fn new(ledger: Arc<dyn Ledger>, after: Position, filter: Filter) -> Self {
        let head = ledger.watch();
        Self { ledger, after, filter, limit: bounds::PAGE_RECORDS, head }
    }

    /// With pages of at most `limit` records.
    #[must_use]
    pub fn with_limit(self, limit: usize) -> Self {
        Self { limit: limit.clamp(1, bounds::PAGE_RECORDS), ..self }
    }

    /// Up to where records have been handed out.
    pub const fn after(&self) -> Position {
        self.after
    }

    /// The next page, as soon as there is something after the last one.
    ///
    /// Its records may be none, when nothing of what is new is wanted: [`Page::upto`] has moved all the same. May be
    /// dropped at any time without losing a record. After an error the same page is tried again; a store that closed
    /// is [`LedgerError::ShuttingDown`].
    pub async fn next_page(&mut self) -> Result<Page, LedgerError> {
        self.next_page_of(self.limit).await
    }

    /// The same, with at most `limit` records in this page.
    pub async fn next_page_of(&mut self, limit: usize) -> Result<Page, LedgerError> {
        let limit = limit.min(self.limit);
        loop {
            self.head.mark_unchanged();
            let page = self.ledger.read_all(self.after, limit, self.filter).await?;
            if page.upto > self.after {
                self.after = page.upto;
                return Ok(page);
            }
            match timeout(POLL, self.head.changed()).await {
                Ok(Ok(())) | Err(_) => {}
                Ok(Err(_)) => return Err(LedgerError::ShuttingDown),
            }
        }
    }
}
