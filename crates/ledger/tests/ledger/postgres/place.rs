//! A database for a test, with the ledger's schema in it, and the nodes that have it open.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hookledger_ledger::Ledger;
use hookledger_ledger::contract::{SharedSubject, Subject};
use hookledger_ledger::postgres::{NEWEST, Options, PostgresLedger, migrate};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use test_postgres::{Database, Server, Version};

/// Has functions of a [`Version`] run as tests on each of them.
macro_rules! over_each_version {
    ($($test:ident),* $(,)?) => { $(
        mod $test {
            use test_postgres::Version;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_15() {
                super::$test(Version::Fifteen).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_18() {
                super::$test(Version::Eighteen).await;
            }
        }
    )* };
}
pub(crate) use over_each_version;

/// A place where ledgers can be opened.
pub(crate) struct Place {
    pub(crate) database: Database,
    options: Options,
    open: Mutex<Vec<Arc<PostgresLedger>>>,
}

impl Place {
    pub(crate) async fn with(version: Version, options: Options) -> Option<Self> {
        Some(Self::on(&version.server()?, options).await)
    }

    /// On the newest version.
    pub(crate) async fn newest() -> Option<Self> {
        Self::of(Version::Eighteen).await
    }

    /// On this version.
    pub(crate) async fn of(version: Version) -> Option<Self> {
        Self::with(version, Options::default()).await
    }

    pub(crate) async fn on(server: &Server, options: Options) -> Self {
        let template = format!("hookledger_ledger_{NEWEST}");
        let fill = async |address| {
            migrate(&address).await.expect("the schema can be made");
        };
        let database = server.database(&template, fill).await;
        Self { database, options, open: Mutex::default() }
    }

    pub(crate) async fn node(&self) -> Arc<PostgresLedger> {
        self.node_at(self.database.options()).await
    }

    /// A node that reaches the database by another way.
    pub(crate) async fn node_at(&self, address: PgConnectOptions) -> Arc<PostgresLedger> {
        let ledger = PostgresLedger::open(address, self.options.clone()).await;
        let ledger = Arc::new(ledger.expect("it opens"));
        self.open.lock().expect("no test panicked").push(ledger.clone());
        ledger
    }

    /// A connection of the superuser.
    pub(crate) async fn connect(&self) -> PgConnection {
        PgConnection::connect_with(&self.database.options()).await.expect("the database takes connections")
    }

    /// Waits until `condition` holds for some backend of this database.
    pub(crate) async fn wait_for(&self, condition: &str) {
        self.wait_until(condition, |backends| backends > 0).await;
    }

    /// Waits until `condition` holds for no backend of this database.
    pub(crate) async fn wait_for_none(&self, condition: &str) {
        self.wait_until(condition, |backends| backends == 0).await;
    }

    async fn wait_until(&self, condition: &str, enough: impl Fn(i64) -> bool) {
        let sql = format!(
            "SELECT count(*) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND {condition}"
        );
        let mut connection = self.connect().await;
        while !enough(
            connection.fetch_one(AssertSqlSafe(sql.as_str())).await.expect("the superuser may").get(0),
        ) {
            tokio::task::yield_now().await;
        }
    }

    /// Ends the backends that `condition` picks from `pg_stat_activity`, and says how many there were.
    pub(crate) async fn end_backends(&self, condition: &str) -> i64 {
        let sql = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND {condition}"
        );
        self.connect().await.fetch_one(AssertSqlSafe(sql.as_str())).await.expect("the superuser may").get(0)
    }
}

#[async_trait]
impl Subject for Place {
    async fn open(&self) -> Arc<dyn Ledger> {
        self.node().await
    }

    async fn reopen(&self, _ledger: Arc<dyn Ledger>) -> Arc<dyn Ledger> {
        let open = self.open.lock().expect("no test panicked").pop().expect("it is open");
        open.close().await;
        self.node().await
    }
}

#[async_trait]
impl SharedSubject for Place {
    async fn join(&self) -> Arc<dyn Ledger> {
        self.node().await
    }
}
