//! The same ledger, read over connections that nobody else uses.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Position, Sequence, StreamId};
use sqlx::PgPool;
use tokio::sync::watch;

use super::store::PostgresLedger;
use crate::filter::Filter;
use crate::new_record::Batch;
use crate::outcome::{LedgerError, Verdict};
use crate::page::Page;
use crate::record::Record;
use crate::store::{Ledger, Load};

/// A [`PostgresLedger`] with connections of its own to read over; it writes over that of all. Closed with it.
#[derive(Debug, Clone)]
pub struct Apart {
    pub(super) ledger: Arc<PostgresLedger>,
    pub(super) readers: PgPool,
}

#[async_trait]
impl Ledger for Apart {
    async fn append(&self, batches: Vec<Batch>) -> Result<Vec<Verdict>, LedgerError> {
        self.ledger.append(batches).await
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, LedgerError> {
        self.ledger.stream_over(&self.readers, stream, after, limit).await
    }

    async fn read_all(&self, after: Position, limit: usize, filter: Filter) -> Result<Page, LedgerError> {
        self.ledger.page_over(&self.readers, after, limit, filter).await
    }

    async fn read_one(&self, position: Position) -> Result<Option<Arc<Record>>, LedgerError> {
        self.ledger.one_over(&self.readers, position).await
    }

    fn head(&self) -> Position {
        self.ledger.head()
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.ledger.watch()
    }

    fn load(&self) -> Load {
        self.ledger.load()
    }
}
