//! What is kept in memory of the control records: keys and tenants, the catalogue, and how much there is.
//!
//! The folds are advanced by whoever needs them further: the following task when a commit is announced, and each use
//! case that changed something, before it answers. So a change never waits for a task to be scheduled.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::{Fact, Position};
use ledger::{Filter, Ledger, LedgerError, Page, Record, Tail, bounds};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::auth::Keyring;
use crate::bulk::Running;
use crate::catalog::Catalog;
use crate::census::Census;
use crate::error::Fault;
use crate::history::fact;

/// How long to wait after the ledger failed.
const RETRY: Duration = Duration::from_secs(1);

/// The folds, and up to where they got.
pub(crate) struct Folds {
    ledger: Arc<dyn Ledger>,
    pub(crate) keyring: Keyring,
    pub(crate) catalog: Catalog,
    pub(crate) census: Census,
    pub(crate) running: Running,
    /// Everything up to this position is in the folds, and nothing after it.
    effective: AtomicU64,
    /// Held by whoever advances the folds, so that records are taken in order and once.
    advancing: Mutex<()>,
}

impl Folds {
    /// The folds as of the ledger's head.
    pub(crate) async fn load(ledger: Arc<dyn Ledger>) -> Result<Self, Fault> {
        let folds = Self {
            keyring: Keyring::default(),
            catalog: Catalog::default(),
            census: Census::default(),
            running: Running::default(),
            effective: AtomicU64::new(Position::START.0),
            advancing: Mutex::new(()),
            ledger,
        };
        folds.advance_to(folds.ledger.head()).await?;
        Ok(folds)
    }

    /// Up to where the folds got.
    pub(crate) fn effective(&self) -> Position {
        Position(self.effective.load(Ordering::Acquire))
    }

    /// Makes everything up to `position` effective.
    pub(crate) async fn advance_to(&self, position: Position) -> Result<(), Fault> {
        while self.effective() < position {
            let _turn = self.advancing.lock().await;
            let after = self.effective();
            if after >= position {
                break;
            }
            let page = self.ledger.read_all(after, bounds::PAGE_RECORDS, Filter::CONTROL).await?;
            if page.upto <= after {
                break; // `position` lies beyond the head: there is nothing to wait for.
            }
            self.take(&page)?;
        }
        Ok(())
    }

    /// Keeps up with the ledger until `stop`, through outages; ends early only on what cannot be understood.
    pub(crate) async fn follow(&self, stop: CancellationToken) -> Result<(), Fault> {
        let mut tail = Tail::new(self.ledger.clone(), self.effective(), Filter::CONTROL);
        loop {
            let page = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                page = tail.next_page() => page,
            };
            match page {
                Ok(page) => {
                    let _turn = self.advancing.lock().await;
                    self.take(&page)?;
                }
                Err(LedgerError::ShuttingDown) => return Ok(()),
                Err(error) => {
                    warn!(%error, "cannot follow control records, trying again");
                    tokio::select! {
                        () = stop.cancelled() => return Ok(()),
                        () = tokio::time::sleep(RETRY) => {}
                    }
                }
            }
        }
    }

    /// Folds what is new of `page`, each record once: also when a later one cannot be understood.
    fn take(&self, page: &Page) -> Result<(), Fault> {
        let after = self.effective();
        for record in page.records.iter().filter(|record| record.position > after) {
            self.apply(record)?;
            self.effective.store(record.position.0, Ordering::Release);
        }
        self.effective.fetch_max(page.upto.0, Ordering::AcqRel);
        Ok(())
    }

    fn apply(&self, record: &Record) -> Result<(), Fault> {
        match fact(record)? {
            Fact::Tenant(event) => self.keyring.apply_tenant(record, event),
            Fact::ApiKey(event) => self.keyring.apply_key(record, event),
            Fact::EventType(event) => self.catalog.apply(record, event),
            Fact::Subscription(event) => self.census.apply(record, event),
            Fact::BulkAction(event) => self.running.apply(record, event),
            Fact::Event(_) | Fact::Delivery(_) | Fact::Test(_) => {}
        }
        Ok(())
    }
}
