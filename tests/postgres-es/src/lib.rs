//! cqrs-es over postgres-es, as they come, on the ledger's table: both ways see each other's records, byte for byte.
//!
//! There is nothing here but tests.

#![cfg(test)]

mod place;
mod stock;
