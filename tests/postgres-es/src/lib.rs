//! cqrs-es over postgres-es, as they come, on the ledger's table: both ways see each other's records, byte for byte.
//!
//! There is nothing here but tests.

#![cfg(test)]

// What the ledger's own tests use, too.
#[path = "../../../crates/ledger/tests/ledger/commands.rs"]
mod commands;
mod place;
#[expect(dead_code, reason = "the ledger's own tests need more of them")]
#[path = "../../../crates/ledger/tests/ledger/samples.rs"]
mod samples;
mod stock;
