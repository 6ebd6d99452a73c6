//! Whether requests may be made now: where several nodes share a ledger, each delivers the lanes that it has leased.

use std::time::Duration;

use crate::core::Lane;

/// How often it is asked for again while it is not given.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

/// Leave to make requests. Asked for before each of them, so it must cost next to nothing.
pub trait Leave: Send + Sync {
    /// Whether a request may go out now. While it may not, what is due waits; what is under way is finished.
    fn is_given(&self) -> bool;

    /// Whether `lane` is somebody else's now: nothing of it may go out any more. True at the latest when leave is given
    /// again after it was lost.
    fn is_gone(&self, lane: Lane) -> bool;
}

/// The leave of an engine that is alone.
#[derive(Debug, Clone, Copy)]
pub struct Always;

impl Leave for Always {
    fn is_given(&self) -> bool {
        true
    }

    fn is_gone(&self, _: Lane) -> bool {
        false
    }
}

/// Waits until a request for `lane` may go out, and says so; false if it never may.
pub(crate) async fn to_send(leave: &dyn Leave, lane: Lane) -> bool {
    loop {
        // In this order: what is lost is known before leave is given again.
        let given = leave.is_given();
        if leave.is_gone(lane) {
            return false;
        }
        if given {
            return true;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
