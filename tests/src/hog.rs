//! Somebody else, who takes every connection of a database server.

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, Row as _};
use tokio::task::JoinHandle;

use crate::wait;

/// Whether none is left.
const TAKEN: &str = "SELECT count(*) >= current_setting('max_connections')::integer FROM pg_stat_activity \
                     WHERE backend_type = 'client backend'";

/// Takes each connection as soon as it becomes free, until it goes.
pub struct Hog(JoinHandle<()>);

impl Hog {
    /// Connects by `options` again and again. Comes back when none is free any more, as `superuser` sees it.
    ///
    /// # Panics
    /// If that takes too long.
    pub async fn takes_all(options: PgConnectOptions, superuser: &mut PgConnection) -> Self {
        let hog = Self(tokio::spawn(take(options)));
        wait::until_true("all connections to be taken", async || {
            sqlx::query(TAKEN).fetch_one(&mut *superuser).await.is_ok_and(|row| row.get(0))
        })
        .await;
        hog
    }

    /// Gives all of them back.
    pub async fn goes(mut self) {
        self.0.abort();
        // It ends because it was told to.
        let _ = (&mut self.0).await;
    }
}

impl Drop for Hog {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn take(options: PgConnectOptions) {
    let mut connections = Vec::new();
    loop {
        match PgConnection::connect_with(&options).await {
            Ok(connection) => connections.push(connection),
            // None is free.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}
