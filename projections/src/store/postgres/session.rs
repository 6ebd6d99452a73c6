//! One connection to the server, used from a thread that may wait.
//!
//! The text of a statement is put together from names and clauses that are written in this crate. What somebody asked for is
//! bound to it as values, never written into it; that is what `AssertSqlSafe` asserts here.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use ledger::postgres::Backend;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgDatabaseError, PgRow, PgSeverity};
use sqlx::{AssertSqlSafe, Connection as _, Executor, PgConnection};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::store::error::Fault;
use crate::store::value::Value;

/// How long connecting, or one statement on top of what the server allows it, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection and the runtime that moves its bytes.
#[derive(Debug)]
pub(crate) struct Session {
    connection: RefCell<PgConnection>,
    runtime: Handle,
    /// Where another connection gets to the same server, or to the one that took its place.
    address: Box<PgConnectOptions>,
    /// The server's side.
    backend: Backend,
    /// How long one statement may take.
    patience: Duration,
    broken: Cell<bool>,
    /// Statements so far, each a round trip.
    #[cfg(test)]
    pub(crate) statements: Cell<u64>,
}

impl Session {
    /// Connects and says the first of `settings`, as the user who logs in; then the second, as a node of ours. Blocks, so not
    /// on the runtime's own threads.
    pub(super) fn connect(
        runtime: &Handle,
        address: &PgConnectOptions,
        (first, settings): (&str, &str),
        statement_time_max: Duration,
    ) -> Result<Self, Fault> {
        let connecting = async {
            let mut connection = PgConnection::connect_with(address).await?;
            let backend = Backend::of(&mut connection).await?;
            if !first.is_empty() {
                connection.execute(AssertSqlSafe(first)).await?;
            }
            ledger::postgres::prepare(&mut connection).await?;
            connection.execute(AssertSqlSafe(settings)).await?;
            Ok((connection, backend))
        };
        let connected = runtime.block_on(async { timeout(PATIENCE, connecting).await });
        let (connection, backend) = connected.map_err(|_| slow())?.map_err(Fault::Postgres)?;
        Ok(Self {
            connection: RefCell::new(connection),
            runtime: runtime.clone(),
            address: Box::new(address.clone()),
            backend,
            patience: statement_time_max + PATIENCE,
            broken: Cell::new(false),
            #[cfg(test)]
            statements: Cell::new(0),
        })
    }

    /// Whether it has been cut off, or nobody knows in which state it is.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.get()
    }

    /// Runs statements without values.
    pub(crate) fn batch(&self, sql: &str) -> Result<(), Fault> {
        self.run(async |connection| connection.execute(AssertSqlSafe(sql)).await.map(drop))
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, arguments: PgArguments) -> Result<usize, Fault> {
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
        let done = self.run(async |connection| query.execute(connection).await)?;
        Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
    }

    /// Every row that a query finds.
    pub(crate) fn rows(&self, sql: &str, arguments: PgArguments) -> Result<Vec<PgRow>, Fault> {
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
        self.run(async |connection| query.fetch_all(connection).await)
    }

    /// Says goodbye, if that does not take long; the server notices either way.
    pub(crate) fn close(self) {
        let Self { connection, runtime, .. } = self;
        let _ = runtime.block_on(async { timeout(PATIENCE, connection.into_inner().close()).await });
    }

    fn run<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, Fault> {
        #[cfg(test)]
        self.statements.set(self.statements.get() + 1);
        let mut connection = self.connection.borrow_mut();
        // Whatever ends this early leaves an answer on its way that nobody waits for.
        self.broken.set(true);
        let work = self.backend.attended(&self.address, work(&mut connection));
        let result = self.runtime.block_on(async { timeout(self.patience, work).await });
        let result = result.map_err(|_| slow())?.map_err(|_gone| slow())?;
        self.broken.set(result.as_ref().is_err_and(|error| !is_plain_refusal(error)));
        result.map_err(Fault::Postgres)
    }
}

/// `values` as a statement takes them.
pub(crate) fn arguments(values: &[Value<'_>]) -> Result<PgArguments, Fault> {
    let mut arguments = PgArguments::default();
    for value in values {
        value.add_to(&mut arguments).map_err(|error| Fault::Postgres(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

/// Whether the server said no and goes on: what was asked for was undone, and the connection is good.
fn is_plain_refusal(error: &sqlx::Error) -> bool {
    let refusal = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    refusal.is_some_and(|refusal| refusal.severity() == PgSeverity::Error)
}

fn slow() -> Fault {
    Fault::Postgres(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))
}
