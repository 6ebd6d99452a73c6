//! The ledger in one `SQLite` file, for one process: the default.
//!
//! One thread, the *writer*, owns the only connection that writes and checkpoints. It takes what is *queued*, writes it
//! as one *group* in one transaction, and answers everybody after the commit was synced. *Readers* are read-only
//! connections that never checkpoint, not even when they close: the `SQLite` version that postgres-es's sqlx pins can
//! corrupt its write-ahead log when two connections write or checkpoint at the same instant. A *lock* on the folder
//! keeps a second process out.
//!
//! Promise: what was acknowledged is on disk (`synchronous=FULL`). After a commit that failed nothing is acknowledged
//! until the file was reopened, checkpointed and found as it must be.

mod ahead;
mod checkpoint;
mod copy;
mod file;
mod group;
mod lock;
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
