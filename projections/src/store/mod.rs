//! The views database: one `SQLite` file beside the ledger's, for one process.
//!
//! One thread, the *writer*, owns the only connection that writes and checkpoints; work reaches it over a bounded
//! channel. *Readers* are read-only connections that never checkpoint, not even when they close. A *lock* keeps a
//! second process out.
//!
//! Promise: rows and checkpoints of one transaction appear together or not at all. A power cut may take the last
//! transactions (`synchronous=NORMAL`), never their consistency: views are disposable, the ledger is folded again.

mod columns;
mod error;
mod file;
mod readers;
mod registry;
mod sql;
mod tables;
#[cfg(test)]
mod tests;
mod writer;

pub use error::{BoxError, Damage, OpenError, ReadError, WriteError};
pub use file::{FORMAT, FileOptions};
pub use registry::Parked;

pub(crate) use columns::{Columns, blob, integer};
pub(crate) use file::open;
pub(crate) use readers::Readers;
pub(crate) use registry::{Anchor, Checkpoint, Copy, Definition, Registry, parked};
pub(crate) use sql::Sql;
pub(crate) use tables::{NewRow, Tables};
pub(crate) use writer::Writer;
