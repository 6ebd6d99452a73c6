//! The ledger in PostgreSQL: its contract on every version, and what it promises beyond.

mod contract;
mod copy;
mod cost;
mod faults;
mod lanes;
mod leases;
mod life;
mod order;
mod place;
mod plans;
mod proxy;
mod schema;
mod standby;
