//! The views in PostgreSQL: in a schema of their own beside the ledger's, for one process that writes.
//!
//! One thread, the same *writer* as for a file, owns the session that writes and holds an advisory lock, which keeps a
//! second process from folding the same views. *Readers* are further sessions, read-only, with a bound on how long a
//! query may run.
//!
//! Where several nodes share the views, a *fence* lets only the holder of a lease have the session that writes.
//!
//! Promise: rows and checkpoints of one transaction appear together or not at all. A crash of the server may take the last
//! pages (`synchronous_commit = off`), never their consistency: views are disposable, the ledger is folded again. Which
//! tables there are is not forgotten.

mod arrays;
mod cell;
mod open;
mod session;
#[cfg(test)]
mod tests;

pub use open::DatabaseOptions;

pub(super) use arrays::{Arrays, arguments_of_ids, for_arrays, for_ids};
pub(super) use cell::{cell, column};
pub(super) use open::Database;
pub(crate) use open::{Fence, make, open, share};
pub(super) use session::{Session, arguments};
