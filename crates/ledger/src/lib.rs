//! The append-only event store: its port, its contract suite, its adapters, upcasting.
//!
//! Everything that Hookledger did or was told is a *record* of one [`Ledger`]. Writers append [`Batch`]es, each all
//! or nothing; consumers follow with a [`Tail`] from where they left off. What they read has been lifted to its
//! current version by [`Upcasters`] and is decoded once for all of them.
//!
//! [`Control`] runs the commands of people (few) through cqrs-es; the hot path (events and deliveries, many) appends
//! what the same decisions led to. Both write the same records.
//!
//! [`copy`] moves all records to another store.
//!
//! Elsewhere: what can be recorded is in `domain`; who folds records into tables is in `projections`.

pub mod control;
pub mod copy;
mod filter;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod handover;
mod new_record;
mod outcome;
mod page;
mod recent;
mod record;
mod store;
mod tail;
pub mod upcast;

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "memory")]
pub mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;

pub use control::Control;
pub use filter::{Filter, Kinds};
pub use new_record::{Batch, BatchError, NewRecord, Origin};
pub use outcome::{Appended, Conflict, LedgerError, SharedError, Verdict};
pub use page::Page;
pub use record::{Record, Unreadable, UnreadableReason};
pub use store::{Ledger, Load, bounds};
pub use tail::Tail;
pub use upcast::Upcasters;
