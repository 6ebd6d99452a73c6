//! Views in a folder that goes away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use ledger::Ledger;
use tempfile::TempDir;
use test_postgres::{Database, Version};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::runner::{Crew, ViewDefinition};
use crate::store::{Columns, Connection, ReadError, Session};
use crate::views::DEFINITIONS;
use crate::{DatabaseOptions, FileOptions, Runner, RunnerError, RunnerOptions, Views};

/// What views are kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A file.
    Sqlite,
    /// A database of its own on a server of this version.
    Postgres(Version),
}

impl Backend {
    /// Whether it can be had here; if it must be, and cannot, this panics.
    pub(crate) fn is_there(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Postgres(version) => version.server().is_some(),
        }
    }

    async fn place(self) -> Place {
        let Self::Postgres(version) = self else { return Place::Folder(tempfile::tempdir().unwrap()) };
        let server = version.server().expect("it was there a moment ago");
        let template = format!("hookledger_views_{}", ledger::postgres::NEWEST);
        let fill = async |address| {
            ledger::postgres::migrate(&address).await.expect("the schema can be made");
        };
        Place::Database(server.database(&template, fill).await)
    }
}

/// Makes of each of these functions a test for every [`Backend`].
macro_rules! over_each {
    ($($test:ident),* $(,)?) => { $(
        mod $test {
            use test_postgres::Version;

            use $crate::testing::Backend;

            async fn over(backend: Backend) {
                if backend.is_there() {
                    super::$test(backend).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                over(Backend::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres_15() {
                over(Backend::Postgres(Version::Fifteen)).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres_18() {
                over(Backend::Postgres(Version::Eighteen)).await;
            }
        }
    )* };
}
pub(crate) use over_each;

/// Where they are.
enum Place {
    Folder(TempDir),
    Database(Database),
}

/// Views of a ledger, and what they are in.
pub(crate) struct World {
    pub(crate) views: Views,
    ledger: Arc<dyn Ledger>,
    place: Place,
}

impl World {
    /// Empty views of `ledger`.
    pub(crate) async fn of(backend: Backend, ledger: Arc<dyn Ledger>) -> Self {
        Self::with(backend, ledger, DEFINITIONS).await
    }

    /// Empty views of `ledger`, by these definitions.
    pub(crate) async fn with(
        backend: Backend,
        ledger: Arc<dyn Ledger>,
        definitions: &'static [ViewDefinition],
    ) -> Self {
        let place = backend.place().await;
        let views = open(&place, &ledger, definitions).await;
        Self { views, ledger, place }
    }

    /// What somebody else opened.
    pub(crate) fn around(views: Views, ledger: Arc<dyn Ledger>, database: Database) -> Self {
        Self { views, ledger, place: Place::Database(database) }
    }

    /// Closes the views and opens them again.
    pub(crate) async fn reopened(self) -> Self {
        self.reopened_with(DEFINITIONS).await
    }

    /// Closes the views and opens them again, by these definitions.
    pub(crate) async fn reopened_with(self, definitions: &'static [ViewDefinition]) -> Self {
        let Self { views, ledger, place } = self;
        views.close().await;
        let views = open(&place, &ledger, definitions).await;
        Self { views, ledger, place }
    }

    /// Closes the views and opens them again as those of another ledger.
    pub(crate) async fn reopened_beside(self, ledger: Arc<dyn Ledger>) -> Self {
        Self { ledger, ..self }.reopened().await
    }

    /// The database that they are in. Not for those in a file.
    pub(crate) fn database(&self) -> &Database {
        match &self.place {
            Place::Database(database) => database,
            Place::Folder(_) => panic!("they are in a file"),
        }
    }

    /// Folds what there is, in pages of this many records.
    pub(crate) async fn catch_up(self, page_records: usize) -> Self {
        let mut crew = self.crew(page_records).await;
        while crew.is_behind() {
            let place = crew.ready().await.unwrap();
            assert!(!crew.step(place).await.unwrap());
        }
        drop(crew);
        self
    }

    /// Folds one page of this many records; says whether there was one.
    pub(crate) async fn fold_page(&self, page_records: usize) -> bool {
        let mut crew = self.crew(page_records).await;
        let behind = crew.is_behind();
        if behind {
            let place = crew.ready().await.unwrap();
            crew.step(place).await.unwrap();
        }
        behind
    }

    async fn crew(&self, page_records: usize) -> Crew {
        let options = RunnerOptions { page_records, linger: Duration::ZERO };
        Crew::load(self.views.shared().clone(), options, |_| true).await.unwrap()
    }

    /// Starts a runner.
    pub(crate) fn run(
        &self,
        options: RunnerOptions,
    ) -> (CancellationToken, JoinHandle<Result<(), RunnerError>>) {
        let stop = CancellationToken::new();
        (stop.clone(), tokio::spawn(Runner::new(self.views.clone(), options).run(stop)))
    }

    /// Waits until the views have folded everything.
    pub(crate) async fn settled(&self) {
        let deadline = Instant::now() + Duration::from_mins(1);
        self.views.wait_for(self.ledger.head(), deadline).await.unwrap();
    }

    /// Every row of every table, by table.
    pub(crate) async fn dump(&self) -> Dump {
        self.views.shared().readers.read(dump).await.unwrap()
    }

    /// The names of all tables.
    pub(crate) async fn tables(&self) -> Vec<String> {
        self.views.shared().readers.read(tables).await.unwrap()
    }

    /// What `query` asks, and how the database goes about it, step by step.
    pub(crate) async fn plan(
        &self,
        query: impl FnOnce(Connection<'_>) -> Result<crate::store::Sql, ReadError> + Send + 'static,
    ) -> (String, Vec<String>) {
        let explain = |connection: Connection<'_>| {
            let sql = query(connection)?;
            Ok((sql.text().to_owned(), sql.plan(connection)?))
        };
        self.views.shared().readers.read(explain).await.unwrap()
    }

    /// How often rows have been written since the views were opened in a file, or how many statements their writer has
    /// made since they were opened in a database.
    pub(crate) async fn work(&self) -> u64 {
        let total = |session: &mut Session| match session {
            Session::Sqlite(connection) => Ok(connection.total_changes()),
            Session::Postgres(session) => Ok(session.statements.get()),
        };
        self.views.shared().writer.run(total).await.unwrap()
    }

    /// How far the views have come.
    pub(crate) fn positions(&self) -> Vec<Position> {
        self.views.progress().iter().map(|view| view.position).collect()
    }
}

/// Rows by table: the columns by name.
pub(crate) type Dump = BTreeMap<String, Vec<Vec<String>>>;

/// Compares two dumps, and names the rows that only one of them has.
pub(crate) fn assert_same(one: &Dump, other: &Dump) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (table, rows) in one {
        let only = |these: &[Vec<String>], those: &[Vec<String>]| -> Vec<_> {
            these.iter().filter(|row| !those.contains(row)).cloned().collect()
        };
        let (left, right) = (only(rows, &other[table]), only(&other[table], rows));
        assert!(
            left.is_empty() && right.is_empty() && rows.len() == other[table].len(),
            "{table}: only the first has {left:#?}, only the second has {right:#?}"
        );
    }
}

async fn open(place: &Place, ledger: &Arc<dyn Ledger>, definitions: &'static [ViewDefinition]) -> Views {
    let ledger = ledger.clone();
    let opened = match place {
        Place::Folder(folder) => {
            Views::open_with(folder.path(), ledger, FileOptions::default(), definitions).await
        }
        Place::Database(database) => {
            let options = DatabaseOptions { readers: 2, ..DatabaseOptions::default() };
            Views::connect_with(database.options(), ledger, options, definitions).await
        }
    };
    opened.unwrap()
}

/// Every row of every table, in order, except what tells copies apart, and the format.
fn dump(connection: Connection<'_>) -> Result<Dump, ReadError> {
    let mut found = Dump::new();
    for table in tables(connection)? {
        let sql = format!("SELECT * FROM {table}");
        let mut rows = connection.all::<_, ReadError>(&sql, &[], |row| Ok(row.shown()))?;
        for row in &mut rows {
            row.retain(|column| !column.starts_with("generation="));
        }
        rows.sort();
        found.insert(table, rows);
    }
    Ok(found)
}

fn tables(connection: Connection<'_>) -> Result<Vec<String>, ReadError> {
    let sql = match connection {
        Connection::Sqlite(_) => "SELECT name FROM sqlite_schema WHERE type = 'table'",
        Connection::Postgres(_) => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'view_format'"
        }
    };
    connection.all(sql, &[], |row| Columns::of("tables", row).text().map(str::to_owned))
}
