//! A ledger that misbehaves on demand, and views for tests that need none.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::deliveries::{DeliveryIndex, IndexError, Located};
use async_trait::async_trait;
use domain::{DeliveryId, Position, Sequence, StreamId, TenantId};
use ledger::memory::MemoryLedger;
use ledger::{Batch, Filter, Ledger, LedgerError, Load, Page, Record, Verdict};
use projections::status::DeliveryFilter;
use tokio::sync::watch;

/// Views that show nothing.
pub(crate) struct Blind;

#[async_trait]
impl DeliveryIndex for Blind {
    async fn locate(&self, _: TenantId, _: DeliveryId) -> Result<Option<Located>, IndexError> {
        Ok(None)
    }

    async fn count(&self, _: TenantId, _: &DeliveryFilter, _: u64) -> Result<u64, IndexError> {
        Ok(0)
    }

    async fn page(
        &self,
        _: TenantId,
        _: &DeliveryFilter,
        _: Option<DeliveryId>,
        _: usize,
    ) -> Result<Vec<DeliveryId>, IndexError> {
        Ok(vec![])
    }
}

/// What happens to one append.
#[derive(Debug)]
pub(crate) enum Mischief {
    /// Somebody appends this first.
    First(Batch),
    /// There is no room.
    Overloaded,
    /// It is done, but the answer is lost.
    AnswerLost,
    /// The store does not answer.
    Down,
}

/// A ledger whose next appends meet mischief, in turn.
#[derive(Debug, Default)]
pub(crate) struct Mischievous {
    inner: MemoryLedger,
    next: Mutex<VecDeque<Mischief>>,
}

impl Mischievous {
    pub(crate) fn plan(&self, mischief: impl IntoIterator<Item = Mischief>) {
        self.next.lock().unwrap().extend(mischief);
    }
}

#[async_trait]
impl Ledger for Mischievous {
    async fn append(&self, batches: Vec<Batch>) -> Result<Vec<Verdict>, LedgerError> {
        let mischief = self.next.lock().unwrap().pop_front();
        let lost = || Arc::new(std::io::Error::other("injected"));
        match mischief {
            None => self.inner.append(batches).await,
            Some(Mischief::First(batch)) => {
                self.inner.append(vec![batch]).await?;
                self.inner.append(batches).await
            }
            Some(Mischief::Overloaded) => {
                Err(LedgerError::Overloaded { retry_after: Duration::from_millis(250) })
            }
            Some(Mischief::AnswerLost) => {
                self.inner.append(batches).await?;
                Err(LedgerError::InDoubt(lost()))
            }
            Some(Mischief::Down) => Err(LedgerError::Unavailable(lost())),
        }
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, LedgerError> {
        self.inner.read_stream(stream, after, limit).await
    }

    async fn read_all(&self, after: Position, limit: usize, filter: Filter) -> Result<Page, LedgerError> {
        self.inner.read_all(after, limit, filter).await
    }

    async fn read_one(&self, position: Position) -> Result<Option<Arc<Record>>, LedgerError> {
        self.inner.read_one(position).await
    }

    fn head(&self) -> Position {
        self.inner.head()
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.inner.watch()
    }

    fn load(&self) -> Load {
        self.inner.load()
    }
}
