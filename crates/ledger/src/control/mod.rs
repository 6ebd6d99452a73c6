//! The control plane: commands of people, through cqrs-es, on the port.
//!
//! [`Adapter`] makes an aggregate of the domain one of cqrs-es, [`LedgerRepository`] makes the ledger a repository of
//! cqrs-es, and [`Control`] runs commands through both. What it adds: the tenant (a foreign stream is an absent one),
//! the expected version, another try when somebody else was first, and the position that was written.
//!
//! Never used of cqrs-es: its snapshots and aggregate stores (0.5.0 applies events twice), its queries (run after the
//! commit, errors swallowed), its replay of all events (no global order, an error looks like the end).

mod adapter;
mod execute;
mod load;
mod repository;

pub use adapter::{Adapter, Order, Recorded, Refused};
pub use execute::{Change, Control, ExecuteError, Executed};
pub use load::{LoadError, STREAM_RECORDS};
pub use repository::LedgerRepository;
