//! A database with the ledger's schema in it, and what commands need besides.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{Clock, IdSource, Timestamp};
use hookledger_ledger::control::Control;
use hookledger_ledger::postgres::{NEWEST, Options, PostgresLedger, migrate};
use test_postgres::{Database, Version};
use uuid::Uuid;

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

/// Commands on the ledger, at an hour that stands still, with ids that count.
pub(crate) fn control(ledger: Arc<PostgresLedger>) -> Control {
    Control::new(ledger, Arc::new(Still), Arc::new(Counting::default()))
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000)
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl IdSource for Counting {
    fn next(&self) -> Uuid {
        Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).into())
    }
}
