//! The contract of the ledger, over every adapter.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hookledger_ledger::Ledger;
use hookledger_ledger::contract::Subject;
use hookledger_ledger::memory::MemoryLedger;
use hookledger_ledger::sqlite::{Options, RecentBounds, SqliteLedger};
use tempfile::TempDir;

/// In memory there is nothing to close: what is opened again is what was there.
#[derive(Default)]
struct Memory(Arc<MemoryLedger>);

#[async_trait]
impl Subject for Memory {
    async fn open(&self) -> Arc<dyn Ledger> {
        self.0.clone()
    }

    async fn reopen(&self, _ledger: Arc<dyn Ledger>) -> Arc<dyn Ledger> {
        self.0.clone()
    }
}

/// A folder that goes away with the test.
struct Sqlite {
    folder: TempDir,
    options: Options,
    open: Mutex<Option<Arc<SqliteLedger>>>,
}

impl Sqlite {
    fn with(options: Options) -> Self {
        Self { folder: TempDir::new().expect("a temporary folder"), options, open: Mutex::default() }
    }

    /// Reads almost everything from the disk, in groups of few.
    fn small() -> Self {
        let recent = RecentBounds { records: 3, bytes: 4_096 };
        Self::with(Options { recent, group_records: 3, readers: 1, ..Options::default() })
    }
}

#[async_trait]
impl Subject for Sqlite {
    async fn open(&self) -> Arc<dyn Ledger> {
        let ledger =
            Arc::new(SqliteLedger::open(self.folder.path(), self.options.clone()).expect("it opens"));
        *self.open.lock().expect("no test panicked") = Some(ledger.clone());
        ledger
    }

    async fn reopen(&self, _ledger: Arc<dyn Ledger>) -> Arc<dyn Ledger> {
        let open = self.open.lock().expect("no test panicked").take().expect("it is open");
        open.close().await;
        self.open().await
    }
}

mod memory {
    hookledger_ledger::ledger_contract!(super::Memory::default());
    hookledger_ledger::ledger_contract_gapless!(super::Memory::default());
}

mod sqlite {
    hookledger_ledger::ledger_contract!(super::Sqlite::with(super::Options::default()));
    hookledger_ledger::ledger_contract_gapless!(super::Sqlite::with(super::Options::default()));
}

mod sqlite_from_disk {
    hookledger_ledger::ledger_contract!(super::Sqlite::small());
    hookledger_ledger::ledger_contract_gapless!(super::Sqlite::small());
}
