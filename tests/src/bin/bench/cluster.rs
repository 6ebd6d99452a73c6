//! The PostgreSQL that is measured along: every commit synced, its statements counted, its processor time told.

use std::fs;

use serde::Serialize;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _, Row as _};
use test_postgres::{Database, Server, Version};

use hookledger_tests::Home;
use hookledger_tests::bench::cpu_of;

use super::measure::each;

/// As somebody would set it who has 2 GiB for it; tests run without syncs, a measurement may not.
const SETTINGS: &[&str] =
    &["fsync=on", "shared_buffers=256MB", "max_wal_size=2GB", "shared_preload_libraries=pg_stat_statements"];

/// A server of its own, with a database.
pub(crate) struct Cluster {
    server: Server,
}

/// What the database did, in all or for each delivery.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Work {
    /// Statements, each of which is a round trip.
    pub(crate) statements: f64,
    /// How often the statement was issued that was issued most.
    pub(crate) most_frequent: f64,
    /// Transactions that were committed.
    pub(crate) commits: f64,
    /// Bytes of the log of changes.
    pub(crate) log_bytes: f64,
    /// Processor time of all processes of the server, in microseconds.
    pub(crate) cpu_us: f64,
    #[serde(skip)]
    by_statement: Vec<(i64, f64)>,
}

impl Cluster {
    /// None if there is no PostgreSQL.
    pub(crate) async fn start() -> Option<Self> {
        let server = Version::Eighteen.server_of_its_own(SETTINGS)?;
        let mut connection = connect(&server).await;
        connection.execute("CREATE EXTENSION pg_stat_statements").await.expect("it comes with PostgreSQL");
        Some(Self { server })
    }

    /// Where a node keeps its files, with an empty database.
    pub(crate) async fn home(&self) -> Home {
        let database: Database = self.server.empty_database().await;
        Home::on(database)
    }

    /// What it has done so far.
    pub(crate) async fn work(&self) -> Work {
        let mut connection = connect(&self.server).await;
        let rows = connection
            .fetch_all("SELECT queryid, sum(calls)::float8 FROM pg_stat_statements GROUP BY queryid")
            .await
            .expect("statements are counted");
        let by_statement: Vec<(i64, f64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let row = connection
            .fetch_one(
                "SELECT sum(xact_commit)::float8, (SELECT wal_bytes::float8 FROM pg_stat_wal) FROM pg_stat_database",
            )
            .await
            .expect("databases are counted");
        Work {
            statements: by_statement.iter().map(|(_, calls)| calls).sum(),
            most_frequent: 0.0,
            commits: row.get(0),
            log_bytes: row.get(1),
            cpu_us: measure_cpu(self.server.pid()),
            by_statement,
        }
    }

    /// How large all its databases are.
    pub(crate) async fn bytes(&self) -> u64 {
        let mut connection = connect(&self.server).await;
        let row = connection
            .fetch_one("SELECT sum(pg_database_size(oid))::int8 FROM pg_database WHERE datname LIKE 'test_%'")
            .await
            .expect("sizes can be asked");
        u64::try_from(row.get::<i64, _>(0)).unwrap_or(0)
    }
}

impl Work {
    /// For each of `deliveries`, what was done since `before`.
    pub(crate) fn since(&self, before: &Self, deliveries: u64) -> Self {
        let share = |now: f64, then: f64| (now - then) / each(deliveries, 1);
        let calls_before =
            |id| before.by_statement.iter().find(|(known, _)| *known == id).map_or(0.0, |(_, calls)| *calls);
        let calls = self.by_statement.iter().map(|(id, calls)| calls - calls_before(*id));
        Self {
            statements: share(self.statements, before.statements),
            most_frequent: share(calls.fold(0.0, f64::max), 0.0),
            commits: share(self.commits, before.commits),
            log_bytes: share(self.log_bytes, before.log_bytes),
            cpu_us: share(self.cpu_us, before.cpu_us),
            by_statement: Vec::new(),
        }
    }
}

async fn connect(server: &Server) -> PgConnection {
    PgConnection::connect_with(&server.options("postgres")).await.expect("PostgreSQL lets its superuser in")
}

/// The processor time of a process and of those that it started, in microseconds.
fn measure_cpu(postmaster: u32) -> f64 {
    let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let own = ids.filter(|id| *id == postmaster || parent_of(*id) == Some(postmaster));
    each(own.map(cpu_of).sum(), 1)
}

fn parent_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}
