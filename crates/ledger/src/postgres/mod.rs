//! The ledger in PostgreSQL, for one node or many.
//!
//! Positions are drawn while a lock is held that lasts until the commit (a trigger takes it, so it holds for whoever
//! writes). So they become visible in the order in which they were drawn, and a reader misses none.
//!
//! In each node one task, the *writer*, owns one connection. It takes what callers handed over, writes it as one
//! *group* in one statement and one round trip, and answers after the commit. It also pulls in what other nodes wrote,
//! when the *listener* hears of it, and otherwise once in a while. *Readers* are a pool; they too read from the primary.
//!
//! Promise: what was acknowledged is committed. A commit whose answer was lost is not guessed at: its backend is ended
//! first, then the records are looked for by their ids.
//!
//! Positions have gaps: a transaction that was rolled back keeps the numbers that it drew.

mod apart;
mod backend;
mod connect;
mod copy;
mod group;
mod lanes;
mod leases;
mod listener;
mod migrate;
mod options;
mod readers;
mod row;
mod store;
mod writer;

pub use apart::Apart;
pub use backend::{Backend, Gone};
pub use connect::{OpenError, ROLE, address, explained, prepare, sqlstate};
pub use copy::{PostgresSide, PostgresTarget};
pub use lanes::{Beat, Beaten, LANES, LaneLease};
pub use leases::Leases;
pub use migrate::{NEWEST, migrate};
pub use options::Options;
pub use store::PostgresLedger;

pub use sqlx::postgres::PgConnectOptions;

pub use crate::recent::RecentBounds;
