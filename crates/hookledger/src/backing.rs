//! What the records are kept in: files of this node, or a database that nodes share.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use domain::IdSource;
use ledger::postgres::{self, Leases, PgConnectOptions, PostgresLedger};
use ledger::sqlite::{self, SqliteLedger};
use ledger::{Ledger, LedgerError};
use projections::{DatabaseOptions, FileOptions, Views};

use crate::config::{Settings, StoreUrl};
use crate::node_name::NodeName;
use crate::system::SystemIds;

/// Where the ledger is, open. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Backing {
    /// In files in the data folder.
    Files(Arc<SqliteLedger>),
    /// In a database.
    Database {
        ledger: Arc<PostgresLedger>,
        address: Box<PgConnectOptions>,
        shares: Shares,
        leases: Arc<Leases>,
        /// Kept from other processes while it is open.
        _name: Option<Arc<NodeName>>,
    },
}

/// How the connections of a node are divided. Beside them one writes to the ledger, one listens, one writes or watches the
/// views, one holds leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shares {
    /// Over which callers read the ledger.
    ledger: u32,
    /// Over which callers read the views.
    views: usize,
}

impl Shares {
    /// Those that there is one of.
    const SINGLE: u64 = 4;
    /// Over which deliveries read events and their own records.
    const LEDGER_FOR_DELIVERIES: u32 = 2;
    /// Over which deliveries read what waits.
    const VIEWS_FOR_DELIVERIES: usize = 1;

    /// Of so many connections, at least 10.
    fn of(connections: u64) -> Self {
        let apart = Self::SINGLE + u64::from(Self::LEDGER_FOR_DELIVERIES) + Self::VIEWS_FOR_DELIVERIES as u64;
        let left = connections.saturating_sub(apart).max(2);
        let ledger = left / 2;
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Self { ledger: u32::try_from(ledger).unwrap_or(u32::MAX), views: size(left - ledger) }
    }
}

impl Backing {
    /// Opens the ledger that the settings name, or makes it; for a node that serves, or for a command beside one.
    pub(crate) async fn open(settings: &Settings, serves: bool) -> Result<Self> {
        let Some(StoreUrl::Database(address)) = &settings.store.url else {
            let folder = settings.data.clone();
            let opening = move || SqliteLedger::open(&folder, sqlite::Options::default());
            return Ok(Self::Files(Arc::new(tokio::task::spawn_blocking(opening).await??)));
        };
        let shares = Shares::of(settings.store.connections);
        let options = postgres::Options { readers: shares.ledger, ..postgres::Options::default() };
        let ledger = PostgresLedger::open((**address).clone(), options).await.context("store.url")?;
        let fresh = SystemIds::new()?.next();
        let name = serves.then(|| NodeName::take(&settings.data, fresh)).transpose()?;
        let (holder, term) = (
            name.as_ref().map_or(fresh, |name| name.name),
            Duration::from_secs(settings.store.lease_seconds),
        );
        let leases = Arc::new(Leases::new(address, holder, term));
        let (ledger, name) = (Arc::new(ledger), name.map(Arc::new));
        Ok(Self::Database { ledger, address: address.clone(), shares, leases, _name: name })
    }

    /// The ledger, for callers.
    pub(crate) fn ledger(&self) -> Arc<dyn Ledger> {
        match self {
            Self::Files(ledger) => ledger.clone(),
            Self::Database { ledger, .. } => ledger.clone(),
        }
    }

    /// The ledger, for deliveries: callers who take every connection do not hold them up.
    pub(crate) fn ledger_for_deliveries(&self) -> Arc<dyn Ledger> {
        match self {
            Self::Files(ledger) => ledger.clone(),
            Self::Database { ledger, .. } => Arc::new(ledger.apart(Shares::LEDGER_FOR_DELIVERIES)),
        }
    }

    /// Opens the views of the ledger, for callers.
    pub(crate) async fn open_views(&self, settings: &Settings) -> Result<Views, projections::OpenError> {
        match self {
            Self::Files(ledger) => Views::open(&settings.data, ledger.clone(), FileOptions::default()).await,
            Self::Database { ledger, address, shares, leases, .. } => {
                let options = DatabaseOptions { readers: shares.views, ..DatabaseOptions::default() };
                Views::share((**address).clone(), ledger.clone(), options, leases.holder())
            }
        }
    }

    /// The leases that nodes share the work by; none where there is one node.
    pub(crate) fn leases(&self) -> Option<Arc<Leases>> {
        match self {
            Self::Files(_) => None,
            Self::Database { leases, .. } => Some(leases.clone()),
        }
    }

    /// Waits until everything is known here that any node has recorded before.
    pub(crate) async fn catch_up(&self) -> Result<(), LedgerError> {
        match self {
            Self::Files(_) => Ok(()),
            Self::Database { ledger, .. } => ledger.catch_up().await,
        }
    }

    /// The views, for deliveries.
    pub(crate) fn views_for_deliveries(&self, views: &Views) -> Views {
        match self {
            Self::Files(_) => views.clone(),
            Self::Database { .. } => views.apart(Shares::VIEWS_FOR_DELIVERIES),
        }
    }

    /// Why nothing can be written at present, for whoever asks whether the node is ready; nothing if it can.
    pub(crate) fn trouble(&self) -> Option<String> {
        match self {
            Self::Files(ledger) => ledger.failure().map(|_| {
                "writing failed; nothing is accepted until the file could be opened and checked again"
                    .to_owned()
            }),
            // What an error of ours says by itself names neither address nor password; its causes might.
            Self::Database { ledger, .. } => ledger.failure().map(|failure| {
                let code = postgres::sqlstate(&*failure);
                let code = code.map_or_else(String::new, |code| format!(" (SQLSTATE {code})"));
                format!("{failure}{code}; nothing is accepted until the database can be written again")
            }),
        }
    }

    /// Finishes what is queued, and closes every file or connection.
    pub(crate) async fn close(&self) {
        match self {
            Self::Files(ledger) => ledger.close().await,
            Self::Database { ledger, leases, .. } => {
                leases.close().await;
                ledger.close().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_divided_without_a_rest() {
        for connections in 10..=200 {
            let Shares { ledger, views } = Shares::of(connections);
            assert!(ledger >= 1 && views >= 1);
            assert_eq!(u64::from(ledger) + views as u64 + 7, connections);
        }
    }
}
