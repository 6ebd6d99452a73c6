//! The ledger in one `SQLite` file, for one process: the default.
//!
//! One thread, the *writer*, owns the only connection that writes records. It takes what is *queued*, writes it as one
//! *group* in one transaction, and answers everybody after the commit was synced. A second one, the *mover*, moves what was
//! committed from the write-ahead log into the file. *Readers* are read-only connections that never checkpoint, not even
//! when they close. A *lock* on the folder keeps a second process out.
//!
//! Promise: what was acknowledged is on disk (`synchronous=FULL`). After a commit that failed nothing is acknowledged
//! until the file was reopened, checkpointed and found as it must be.

mod ahead;
mod checkpoint;
mod copy;
mod file;
mod group;
mod lock;
mod mover;
mod options;
mod queue;
mod readers;
mod row;
mod store;
mod writer;

pub use copy::{SqliteSide, SqliteTarget};
pub use file::{FORMAT, OpenError};
pub use lock::FolderLock;
pub use options::Options;
pub use store::SqliteLedger;

pub use crate::recent::RecentBounds;
