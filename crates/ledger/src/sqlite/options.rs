//! What can be chosen about a ledger in `SQLite`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::recent::RecentBounds;
use crate::store::bounds;
use crate::upcast::Upcasters;

/// What can be chosen when opening; the defaults suit one node.
#[derive(Debug, Clone)]
pub struct Options {
    /// Lifts what older versions wrote.
    pub upcasters: Arc<Upcasters>,
    /// How much of the end is kept in memory for those who follow.
    pub recent: RecentBounds,
    /// Bytes that may be queued or in writing before callers wait: at least [`bounds::APPEND_BYTES`].
    pub queue_bytes: usize,
    /// How long an append waits for room in the queue before it is refused as overloaded.
    pub append_patience: Duration,
    /// Records of one transaction, except that one append is never split.
    pub group_records: usize,
    /// Connections that read at the same time; further reads wait.
    pub readers: usize,
    /// The file may not grow beyond this many bytes; appends are unavailable then.
    pub file_bytes_max: Option<u64>,
    /// How often a file is tried again after a commit failed.
    pub recovery: Duration,
    /// Fault injection for tests: while true, every commit fails as it does on a broken disk.
    pub fail_commits: Option<Arc<AtomicBool>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            upcasters: Upcasters::standard(),
            recent: RecentBounds { records: 16_384, bytes: 16 << 20 },
            queue_bytes: 2 * bounds::APPEND_BYTES,
            append_patience: Duration::from_secs(2),
            group_records: 1_024,
            readers: 4,
            file_bytes_max: None,
            recovery: Duration::from_secs(1),
            fail_commits: None,
        }
    }
}
