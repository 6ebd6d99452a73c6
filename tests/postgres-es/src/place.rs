//! A database with the ledger's schema in it.

use std::sync::Arc;

use hookledger_ledger::postgres::{NEWEST, Options, PostgresLedger, migrate};
use test_postgres::{Database, Version};

/// A database that goes away with this value.
pub(crate) struct Place(Database);

impl Place {
    /// A new one on this version of PostgreSQL, and the ledger in it.
    pub(crate) async fn open(version: Version) -> Option<(Self, Arc<PostgresLedger>)> {
        let template = format!("hookledger_ledger_{NEWEST}");
        let fill = async |address| {
            migrate(&address).await.expect("the schema can be made");
        };
        let database = version.server()?.database(&template, fill).await;
        let ledger = PostgresLedger::open(database.options(), Options::default()).await;
        Some((Self(database), Arc::new(ledger.expect("it opens"))))
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        self.0.url()
    }
}
