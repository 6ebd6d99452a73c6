//! The views database: one `SQLite` file beside the ledger's, or a schema beside the ledger's in PostgreSQL; for one
//! process that writes.
//!
//! One thread, the *writer*, owns the only connection that writes and checkpoints; work reaches it over a bounded
//! channel. *Readers* are read-only connections; in a file they never checkpoint, not even when they close. A *lock*
//! keeps a second process out. Folds and queries see a [`Connection`], which is to either.
//!
//! Promise: rows and checkpoints of one transaction appear together or not at all. A power cut may take the last
//! transactions (`synchronous=NORMAL`), never their consistency: views are disposable, the ledger is folded again.

mod columns;
mod connection;
mod error;
mod file;
mod postgres;
mod readers;
mod registry;
mod sql;
mod tables;
#[cfg(test)]
mod tests;
mod value;
mod writer;

pub use error::{BoxError, Damage, OpenError, ReadError, WriteError};
pub use file::{FORMAT, FileOptions};
pub use postgres::DatabaseOptions;
pub use registry::Parked;

pub(crate) use columns::Columns;
pub(crate) use connection::{Connection, Row, Session};
pub(crate) use file::open;
pub(crate) use postgres::{Fence, make as make_in_database, open as open_database, share as share_database};
pub(crate) use readers::Readers;
pub(crate) use registry::{Anchor, Checkpoint, Copy, Definition, Registry, parked};
pub(crate) use sql::Sql;
pub(crate) use tables::{NewRow, Tables};
pub(crate) use value::{Value, as_id, integer, values};
pub(crate) use writer::{Kept, Writer};
