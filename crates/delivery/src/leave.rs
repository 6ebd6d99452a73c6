//! Whether requests may be made now: where several nodes share a ledger, one delivers at a time.

use std::time::Duration;

/// How often it is asked for again while it is not given.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

/// Leave to make requests. Asked for before each of them, so it must cost next to nothing.
pub trait Leave: Send + Sync {
    /// Whether a request may go out now. While it may not, what is due waits; what is under way is finished.
    fn is_given(&self) -> bool;
}

/// The leave of an engine that is alone.
#[derive(Debug, Clone, Copy)]
pub struct Always;

impl Leave for Always {
    fn is_given(&self) -> bool {
        true
    }
}
