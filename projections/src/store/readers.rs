//! Reading: a few read-only connections, used on the runtime's blocking threads.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::error::{ReadError, WriteError};
use super::file::{FileOptions, connect_reader};

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
    path: PathBuf,
    options: FileOptions,
    /// One for each connection that may be in use.
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Of the file at `path`, which a writer has opened.
    pub(crate) fn new(path: PathBuf, options: FileOptions) -> Self {
        let options = FileOptions { readers: options.readers.clamp(1, COUNT_MAX), ..options };
        let turns = Arc::new(Semaphore::new(options.readers));
        Self(Arc::new(Pool { path, options, turns, idle: Mutex::default() }))
    }

    /// Runs `query` when there is a connection to spare. All that it reads is of one moment.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Transaction<'_>) -> Result<T, ReadError> + Send + 'static,
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
        let all = u32::try_from(self.0.options.readers).expect("at most 64");
        let turns = self.0.turns.acquire_many(all).await;
        self.0.turns.close();
        drop(turns);
        self.0.idle().clear();
    }
}

impl Pool {
    fn with_connection<T>(
        &self,
        query: impl FnOnce(&Transaction<'_>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect_reader(&self.path, &self.options)?,
        };
        let started = Instant::now();
        let limit = self.options.query_time_max;
        connection.progress_handler(STEPS, Some(move || started.elapsed() > limit));
        let result = within(&mut connection, query).map_err(|error| error.bounded_by(limit));
        // One that failed is not used again.
        if !matches!(result, Err(ReadError::Unavailable(_))) {
            self.idle().push(connection);
        }
        result
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn within<T>(
    connection: &mut Connection,
    query: impl FnOnce(&Transaction<'_>) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let snapshot = connection.transaction()?;
    let result = query(&snapshot)?;
    snapshot.finish()?;
    Ok(result)
}

impl From<WriteError> for ReadError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Damaged(damage) => Self::Damaged(damage),
            WriteError::Closed => Self::Closed,
            WriteError::Moved { .. } | WriteError::Panicked { .. } | WriteError::Unavailable(_) => {
                Self::Unavailable(Box::new(error))
            }
        }
    }
}
