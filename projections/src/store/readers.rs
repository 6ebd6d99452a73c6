//! Reading: a few read-only connections, used on the runtime's blocking threads.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::connection::{Connection, Session, Transaction};
use super::error::{Fault, ReadError, WriteError};
use super::file::{FileOptions, connect_reader};
use super::postgres::Database;

/// How long a read waits for a connection before it is refused as busy.
const PATIENCE: Duration = Duration::from_secs(5);
/// Steps of the virtual machine between two looks at the clock.
const STEPS: i32 = 10_000;
/// The most connections.
const COUNT_MAX: usize = 64;

/// Hands out read-only connections. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Readers(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    place: Place,
    /// Connections at most.
    count: usize,
    /// How long a query may run.
    limit: Duration,
    /// One for each connection that may be in use.
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Session>>,
}

/// What is connected to.
#[derive(Debug, Clone)]
enum Place {
    File(PathBuf, FileOptions),
    Database(Box<Database>),
}

impl Readers {
    /// Of the file at `path`, which a writer has opened.
    pub(crate) fn of_file(path: PathBuf, options: FileOptions) -> Self {
        Self::of(Place::File(path, options), options.readers, options.query_time_max)
    }

    /// Of a database that a writer has opened.
    pub(crate) fn of_database(database: Database) -> Self {
        let options = database.options;
        Self::of(Place::Database(Box::new(database)), options.readers, options.query_time_max)
    }

    /// As many more of the same, for somebody else.
    pub(crate) fn beside(&self, readers: usize) -> Self {
        Self::of(self.0.place.clone(), readers, self.0.limit)
    }

    fn of(place: Place, readers: usize, limit: Duration) -> Self {
        let count = readers.clamp(1, COUNT_MAX);
        let turns = Arc::new(Semaphore::new(count));
        Self(Arc::new(Pool { place, count, limit, turns, idle: Mutex::default() }))
    }

    /// Runs `query` when there is a connection to spare. All that it reads is of one moment.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(Connection<'_>) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let turn = match timeout(PATIENCE, self.0.turns.clone().acquire_owned()).await {
            Ok(Ok(turn)) => turn,
            Ok(Err(_closed)) => return Err(ReadError::Closed),
            Err(_elapsed) => return Err(ReadError::Busy),
        };
        let pool = self.0.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let result = pool.with_connection(query);
            drop(turn);
            result
        });
        reading.await.map_err(|error| ReadError::Unavailable(error.into()))?
    }

    /// Waits for queries to end and closes every connection; later queries are refused.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(self.0.count).expect("at most 64");
        let turns = self.0.turns.acquire_many(all).await;
        self.0.turns.close();
        drop(turns);
        self.0.idle().clear();
    }
}

impl Pool {
    fn with_connection<T>(
        &self,
        query: impl FnOnce(Connection<'_>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let limit = self.limit;
        let session = self.begun()?;
        if let Session::Sqlite(connection) = &session {
            let started = Instant::now();
            let watch = connection.progress_handler(STEPS, Some(move || started.elapsed() > limit));
            watch.map_err(Fault::Sqlite)?;
        }
        let result = within(&session, query).map_err(|error| error.bounded_by(limit));
        // One that failed is not used again.
        if !matches!(result, Err(ReadError::Unavailable(_))) && !session.is_broken() {
            self.idle().push(session);
        }
        result
    }

    /// A connection in which a snapshot has begun. One that was idle may have been cut off without anybody knowing.
    fn begun(&self) -> Result<Session, Fault> {
        let idle = || self.idle().pop();
        while let Some(session) = idle() {
            match session.begin_snapshot() {
                Ok(()) => return Ok(session),
                Err(_) if session.is_broken() => {}
                Err(fault) => return Err(fault),
            }
        }
        let session = match &self.place {
            Place::File(path, options) => Session::Sqlite(connect_reader(path, options)?),
            Place::Database(database) => database.reader()?,
        };
        session.begin_snapshot()?;
        Ok(session)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn within<T>(
    session: &Session,
    query: impl FnOnce(Connection<'_>) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let snapshot = Transaction::begun(session.connection());
    let result = query(snapshot.connection())?;
    snapshot.commit()?;
    Ok(result)
}

impl From<WriteError> for ReadError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Damaged(damage) => Self::Damaged(damage),
            WriteError::Closed => Self::Closed,
            WriteError::Moved { .. }
            | WriteError::Panicked { .. }
            | WriteError::Refused(_)
            | WriteError::Unavailable(_) => Self::Unavailable(Box::new(error)),
        }
    }
}
