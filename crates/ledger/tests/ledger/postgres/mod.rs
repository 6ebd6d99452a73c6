//! The ledger in PostgreSQL: its contract on every version, and what it promises beyond.

mod contract;
mod cost;
mod faults;
mod order;
mod place;
mod proxy;
mod schema;
mod stock;
