//! Whether requests may be made now: where several nodes share a ledger, each delivers the lanes that it has leased.

use std::time::Duration;

use domain::{Clock, Timestamp};

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

/// Waits until a request for `lane` may go out, and says what time it is then; none if it never may.
pub(crate) async fn to_send(leave: &dyn Leave, lane: Lane, clock: &dyn Clock) -> Option<Timestamp> {
    loop {
        // In this order: a process that is stopped after it looked at the clock finds the leave over, so that nothing is
        // sent with a time at which it was somebody else's; and what is lost is known before leave is given again.
        let now = clock.now();
        let given = leave.is_given();
        if leave.is_gone(lane) {
            return None;
        }
        if given {
            return Some(now);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

    use super::*;

    /// A clock, and a leave that is not given until it is.
    #[derive(Default)]
    struct Turn {
        micros: AtomicI64,
        given: AtomicBool,
        gone: AtomicBool,
    }

    impl Clock for Turn {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.micros.load(Ordering::SeqCst))
        }
    }

    impl Leave for Turn {
        fn is_given(&self) -> bool {
            // A process may be stopped here, for a second.
            self.micros.fetch_add(1_000_000, Ordering::SeqCst);
            self.given.load(Ordering::SeqCst)
        }

        fn is_gone(&self, _: Lane) -> bool {
            self.gone.load(Ordering::SeqCst)
        }
    }

    const LANE: Lane = Lane::new(1).unwrap();

    #[tokio::test(start_paused = true)]
    async fn a_request_that_waited_for_leave_bears_the_time_at_which_it_may_go_out() {
        let turn = Arc::new(Turn::default());
        let waiting = tokio::spawn({
            let turn = turn.clone();
            async move { to_send(&*turn, LANE, &*turn).await }
        });
        tokio::time::sleep(PAUSE / 2).await;
        turn.micros.store(600_000_000, Ordering::SeqCst);
        turn.given.store(true, Ordering::SeqCst);
        let at = waiting.await.unwrap();
        assert_eq!(at, Some(Timestamp::from_seconds(600)), "as of before the last look at the leave");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_whose_lane_is_gone_does_not_go_out() {
        let turn = Turn::default();
        turn.given.store(true, Ordering::SeqCst);
        turn.gone.store(true, Ordering::SeqCst);
        assert_eq!(to_send(&turn, LANE, &turn).await, None);
    }
}
