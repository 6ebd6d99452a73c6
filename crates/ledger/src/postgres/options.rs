//! What can be chosen about a ledger in PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use crate::recent::RecentBounds;
use crate::store::bounds;
use crate::upcast::Upcasters;

/// What can be chosen when opening; the defaults suit most.
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
    /// Connections that read at the same time (at least 1); further reads wait. Two more write and listen.
    pub readers: u32,
    /// How long one transaction, one read or one attempt to connect may take before its connection is given up.
    pub patience: Duration,
    /// How long callers whose commit is in doubt are kept waiting for the database to come back.
    pub doubt_patience: Duration,
    /// How often to look for records of other nodes when nobody told of any.
    pub poll: Duration,
    /// Whether opening brings the schema up to date; otherwise one that is not is refused.
    pub migrate: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            upcasters: Upcasters::standard(),
            recent: RecentBounds { records: 16_384, bytes: 32 << 20 },
            queue_bytes: 2 * bounds::APPEND_BYTES,
            append_patience: Duration::from_secs(2),
            group_records: 1_024,
            readers: 4,
            patience: Duration::from_secs(15),
            doubt_patience: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            migrate: true,
        }
    }
}
