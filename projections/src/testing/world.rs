//! Views in a folder that goes away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use ledger::Ledger;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::runner::{Crew, ViewDefinition};
use crate::views::DEFINITIONS;
use crate::{FileOptions, Runner, RunnerError, RunnerOptions, Views};

/// Views of a ledger, and the folder that they are in.
pub(crate) struct World {
    pub(crate) views: Views,
    ledger: Arc<dyn Ledger>,
    folder: TempDir,
}

impl World {
    /// Empty views of `ledger`.
    pub(crate) async fn of(ledger: Arc<dyn Ledger>) -> Self {
        Self::with(ledger, DEFINITIONS).await
    }

    /// Empty views of `ledger`, by these definitions.
    pub(crate) async fn with(ledger: Arc<dyn Ledger>, definitions: &'static [ViewDefinition]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let views = open(&folder, &ledger, definitions).await;
        Self { views, ledger, folder }
    }

    /// Closes the views and opens them again.
    pub(crate) async fn reopened(self) -> Self {
        self.reopened_with(DEFINITIONS).await
    }

    /// Closes the views and opens them again, by these definitions.
    pub(crate) async fn reopened_with(self, definitions: &'static [ViewDefinition]) -> Self {
        let Self { views, ledger, folder } = self;
        views.close().await;
        let views = open(&folder, &ledger, definitions).await;
        Self { views, ledger, folder }
    }

    /// Closes the views and opens them again as those of another ledger.
    pub(crate) async fn reopened_beside(self, ledger: Arc<dyn Ledger>) -> Self {
        Self { ledger, ..self }.reopened().await
    }

    /// Where the views are.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Folds what there is, in pages of this many records.
    pub(crate) async fn catch_up(self, page_records: usize) -> Self {
        let mut crew = self.crew(page_records).await;
        while crew.lag() > 0 || crew.is_behind() {
            let place = crew.ready().await.unwrap();
            assert!(!crew.step(place).await.unwrap());
        }
        drop(crew);
        self
    }

    /// Folds one page of this many records; says whether there was one.
    pub(crate) async fn fold_page(&self, page_records: usize) -> bool {
        let mut crew = self.crew(page_records).await;
        let behind = crew.lag() > 0 || crew.is_behind();
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
    pub(crate) fn dump(&self) -> BTreeMap<String, Vec<Vec<String>>> {
        dump(&self.folder.path().join("views.db"))
    }

    /// How often rows have been written since the views were opened.
    pub(crate) async fn rows_written(&self) -> i64 {
        let total = |connection: &mut Connection| {
            Ok(connection.query_row("SELECT total_changes()", [], |row| row.get(0))?)
        };
        self.views.shared().writer.run(total).await.unwrap()
    }

    /// How far the views have come.
    pub(crate) fn positions(&self) -> Vec<Position> {
        self.views.progress().iter().map(|view| view.position).collect()
    }
}

/// Compares two dumps, and names the rows that only one of them has.
pub(crate) fn assert_same(
    one: &BTreeMap<String, Vec<Vec<String>>>,
    other: &BTreeMap<String, Vec<Vec<String>>>,
) {
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

async fn open(folder: &TempDir, ledger: &Arc<dyn Ledger>, definitions: &'static [ViewDefinition]) -> Views {
    let options = FileOptions::default();
    Views::open_with(folder.path(), ledger.clone(), options, definitions).await.unwrap()
}

/// Every row of every table of the views at `path`, in order, except what tells copies apart.
pub(crate) fn dump(path: &std::path::Path) -> BTreeMap<String, Vec<Vec<String>>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    // All of it as of one moment.
    connection.execute_batch("BEGIN").unwrap();
    let tables: Vec<String> = {
        let mut names = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
        names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    tables.into_iter().map(|table| (table.clone(), rows(&connection, &table))).collect()
}

fn rows(connection: &Connection, table: &str) -> Vec<Vec<String>> {
    let columns = connection.prepare(&format!("SELECT * FROM {table}")).unwrap().column_count();
    let order: Vec<_> = (1..=columns).map(|column| column.to_string()).collect();
    let mut statement =
        connection.prepare(&format!("SELECT * FROM {table} ORDER BY {}", order.join(", "))).unwrap();
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = statement.query([]).unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let shown = names.iter().enumerate().filter(|(_, name)| *name != "generation");
        found.push(
            shown.map(|(place, name)| format!("{name}={:?}", row.get::<_, Value>(place).unwrap())).collect(),
        );
    }
    found
}
