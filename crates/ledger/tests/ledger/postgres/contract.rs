//! The contract of the ledger, on every supported version of PostgreSQL.

use hookledger_ledger::postgres::{Options, RecentBounds};
use test_postgres::Version;

use super::place::Place;

/// Reads almost everything from the database, in groups of few.
fn small() -> Options {
    let recent = RecentBounds { records: 3, bytes: 4_096 };
    Options { recent, group_records: 3, readers: 1, ..Options::default() }
}

mod on_15 {
    hookledger_ledger::ledger_contract!(maybe super::Place::with(super::Version::Fifteen, super::Options::default()).await);
    hookledger_ledger::ledger_contract_shared!(maybe super::Place::with(super::Version::Fifteen, super::Options::default()).await);
}

mod on_18 {
    hookledger_ledger::ledger_contract!(maybe super::Place::with(super::Version::Eighteen, super::Options::default()).await);
    hookledger_ledger::ledger_contract_shared!(maybe super::Place::with(super::Version::Eighteen, super::Options::default()).await);
}

mod on_18_from_disk {
    hookledger_ledger::ledger_contract!(maybe super::Place::with(super::Version::Eighteen, super::small()).await);
    hookledger_ledger::ledger_contract_shared!(maybe super::Place::with(super::Version::Eighteen, super::small()).await);
}
