//! A ledger in PostgreSQL as the source or the target of a copy.

mod binary;
mod side;
mod target;

pub use side::PostgresSide;
pub(super) use side::is_under_way;
pub use target::PostgresTarget;
