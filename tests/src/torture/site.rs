//! The database of a run: a PostgreSQL of its own, which may be hurt, and which goes with the run.

use anyhow::{Context as _, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection};
use test_postgres::{Database, Server, Version};

use super::fault::Blow;
use super::way::Way;
use crate::wait;

/// Megabytes of the disk that is filled.
const SMALL_DISK: u32 = 320;
/// A write without a table: it is committed as any other, and waits for a standby as any other.
const WRITE: &str = "SELECT pg_logical_emit_message(true, 'torture', 'is it there?')";

/// A server, the database in it, and the way there.
pub struct Site {
    /// The server, and after a promotion the one that took its place.
    pub server: Server,
    /// What nodes speak through, where that is to be cut or led elsewhere.
    pub way: Option<Way>,
    name: String,
}

impl Site {
    /// What `blow` needs, with an empty database. None, after saying so, where it cannot be had and need not be.
    pub async fn for_blow(blow: Blow) -> Result<Option<(Self, Database)>> {
        let newest = Version::Eighteen;
        let server = match blow {
            Blow::DiskFull => {
                newest.server_on_a_small_disk(SMALL_DISK, &["max_wal_size=64MB", "min_wal_size=32MB"])
            }
            Blow::Connections => newest.server_of_its_own(&["max_connections=40"]),
            _ => newest.server_of_its_own(&[]),
        };
        let Some(server) = server else { return Ok(None) };
        let database = server.empty_database().await;
        let name = database.options().get_database().context("a database has a name")?.to_owned();
        let way = match blow {
            Blow::CutAtCommit | Blow::Promotion | Blow::StandbyAway | Blow::NodesLackStandby => {
                Some(Way::to(&server).await?)
            }
            _ => None,
        };
        Ok(Some((Self { server, way, name }, database)))
    }

    /// What nodes are told in place of the database's own address.
    pub fn detour(&self) -> Option<String> {
        self.way.as_ref().map(|way| format!("postgres://postgres@127.0.0.1:{}/{}", way.port(), self.name))
    }

    /// How to reach the database as its superuser.
    pub fn options(&self) -> PgConnectOptions {
        self.server.options(&self.name)
    }

    /// A session of the superuser.
    pub async fn connect(&self) -> Result<PgConnection> {
        PgConnection::connect_with(&self.options()).await.context("the database takes no connection")
    }

    /// Waits until it takes connections and writes.
    pub async fn accepts(&self) {
        wait::until_true("the database to accept connections", async || {
            let Ok(mut connection) = self.connect().await else { return false };
            connection.execute(WRITE).await.is_ok()
        })
        .await;
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.end();
    }
}
