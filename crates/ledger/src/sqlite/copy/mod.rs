//! A ledger in `SQLite` as the source or the target of a copy.

mod side;
mod target;

pub use side::SqliteSide;
pub use target::SqliteTarget;
