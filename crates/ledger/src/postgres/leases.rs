//! Leases: who may do what only one node does at a time, and until when, by the clock of the database.
//!
//! A node *takes* a lease that nobody holds, *renews* it well before it runs out, and *lets go* of it when it stops. Each
//! time it is taken it has a new *epoch*, so that a node that froze and comes back can tell that others went on without it.
//!
//! Promise: at any moment, at most one node holds a lease by the database's clock. A node that counts the term from before it
//! asked believes so for less time than the database does, whatever its own clock says.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{Connection, PgConnection, Row};
use tokio::sync::Mutex;
use tokio::time::timeout;
use uuid::Uuid;

use super::connect::{explained, prepare};
use crate::outcome::SharedError;

const TAKE: &str = include_str!("queries/take_lease.sql");
const RENEW: &str = include_str!("queries/renew_lease.sql");
const LET_GO: &str = include_str!("queries/let_go_of_lease.sql");

/// The leases of a database, as one node sees them. They have a connection of their own.
#[derive(Debug)]
pub struct Leases {
    address: PgConnectOptions,
    holder: Uuid,
    term: Duration,
    connection: Mutex<Option<PgConnection>>,
}

impl Leases {
    /// For the node called `holder`, which no other node may be called, for `term` at a time. The database must have the
    /// schema of this version.
    pub fn new(address: &PgConnectOptions, holder: Uuid, term: Duration) -> Self {
        let address = address.clone().application_name("hookledger leases");
        Self { address, holder, term, connection: Mutex::default() }
    }

    /// What this node is called.
    pub const fn holder(&self) -> Uuid {
        self.holder
    }

    /// How long a lease lasts unless it is renewed.
    pub const fn term(&self) -> Duration {
        self.term
    }

    /// Takes the lease called `name` unless somebody holds it, this node included. Says under which epoch.
    pub async fn take(&self, name: &str) -> Result<Option<i64>, SharedError> {
        self.ask(sqlx::query(TAKE).bind(name.to_owned()).bind(self.holder).bind(self.micros())).await
    }

    /// Holds the lease for another term. False if it was taken by somebody else since `epoch`, and only then.
    pub async fn renew(&self, name: &str, epoch: i64) -> Result<bool, SharedError> {
        let renew =
            sqlx::query(RENEW).bind(name.to_owned()).bind(self.holder).bind(epoch).bind(self.micros());
        Ok(self.ask(renew).await?.is_some())
    }

    /// Gives the lease back before its time, if this node still holds it.
    pub async fn let_go(&self, name: &str, epoch: i64) -> Result<(), SharedError> {
        self.ask(sqlx::query(LET_GO).bind(name.to_owned()).bind(self.holder).bind(epoch)).await.map(drop)
    }

    /// Closes the connection.
    pub async fn close(&self) {
        if let Some(connection) = self.connection.lock().await.take() {
            let _ = timeout(self.patience(), connection.close()).await;
        }
    }

    /// Asks for a number.
    async fn ask(&self, query: super::row::Bound) -> Result<Option<i64>, SharedError> {
        let rows = self.rows(query).await?;
        rows.first().map(|row| row.try_get(0)).transpose().map_err(|error| std::sync::Arc::new(error) as _)
    }

    /// Asks within a part of the term. A connection that gave no good answer is not used again.
    pub(super) async fn rows(&self, query: super::row::Bound) -> Result<Vec<PgRow>, SharedError> {
        let mut kept = self.connection.lock().await;
        let asking = async {
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            let rows = query.fetch_all(&mut connection).await?;
            Ok::<_, sqlx::Error>((connection, rows))
        };
        match timeout(self.patience(), asking).await {
            Ok(Ok((connection, rows))) => {
                *kept = Some(connection);
                Ok(rows)
            }
            Ok(Err(error)) => Err(std::sync::Arc::new(explained(error))),
            Err(_) => Err(std::sync::Arc::new(super::connect::OpenError::Slow(self.patience()))),
        }
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = PgConnection::connect_with(&self.address).await?;
        prepare(&mut connection).await?;
        Ok(connection)
    }

    /// The term, as statements take it.
    pub(super) fn micros(&self) -> i64 {
        i64::try_from(self.term.as_micros()).unwrap_or(i64::MAX)
    }

    /// So that there is time to try again before the lease has run out.
    fn patience(&self) -> Duration {
        self.term / 2
    }
}
