//! The server's side of a connection, found again from another one.
//!
//! A machine that loses its power says no word: its connections stay as they are, and who waits for an answer waits in vain.
//! So whoever has waited for a while asks, over another connection, whether the other side is still there.

use std::pin::pin;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor, PgConnection, Row};
use tokio::time::{sleep, timeout};

/// How long an answer may take before its server is asked after, and how long until it is asked after again.
const QUIET: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_secs(1);
/// How long asking may take.
const ASKING: Duration = Duration::from_secs(3);

/// Whether this server takes writes, and has no such process.
const GONE: &str = "SELECT NOT pg_is_in_recovery() AND NOT EXISTS \
                    (SELECT FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2)";

/// A process of the server that serves a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    pid: i32,
    /// When it began, so that a later process of the same number is not taken for it.
    since: String,
}

/// There is nobody who will answer.
#[derive(Debug, thiserror::Error)]
#[error("the server's side of the connection is gone")]
pub struct Gone;

impl Backend {
    /// That of this connection, which must still work as the user who logged in: the role of nodes is not told.
    pub async fn of(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let sql = "SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()";
        let row = connection.fetch_one(sql).await?;
        Ok(Self { pid: row.try_get(0)?, since: row.try_get(1)? })
    }

    /// Waits for `work`, which waits for this backend, unless the server at `address` says that there is no such backend.
    /// While nobody can be asked it may be there.
    pub async fn attended<T>(
        &self,
        address: &PgConnectOptions,
        work: impl Future<Output = T>,
    ) -> Result<T, Gone> {
        let mut work = pin!(work);
        let mut pause = QUIET;
        loop {
            let is_gone = async {
                sleep(pause).await;
                self.is_gone(address).await
            };
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                gone = is_gone => if gone { return Err(Gone) },
            }
            pause = AGAIN;
        }
    }

    async fn is_gone(&self, address: &PgConnectOptions) -> bool {
        let asking = async {
            let mut connection = PgConnection::connect_with(address).await?;
            let ask = sqlx::query(GONE).bind(self.pid).bind(&self.since);
            let gone = ask.fetch_one(&mut connection).await?.try_get(0)?;
            // What it said counts, whether it takes leave or not.
            let _ = connection.close().await;
            Ok::<bool, sqlx::Error>(gone)
        };
        matches!(timeout(ASKING, asking).await, Ok(Ok(true)))
    }

    /// Ends it, if it is still there, and waits until it is not. The attempt as a whole is bounded by its caller.
    pub(super) async fn end(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        /// Milliseconds that the server waits for it to end before it answers.
        const WAIT_MS: i64 = 250;
        const END: &str = "SELECT pg_terminate_backend(pid, $3) FROM pg_stat_activity \
                           WHERE pid = $1 AND backend_start::text = $2";
        loop {
            let end = sqlx::query(END).bind(self.pid).bind(&self.since).bind(WAIT_MS);
            if end.fetch_all(&mut *connection).await?.is_empty() {
                return Ok(());
            }
        }
    }
}
