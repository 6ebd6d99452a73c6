//! What a node may do by its lanes: which it has, and until when it may act on that.
//!
//! The database ends a lease at the end of its term. A holder counts the term from before it asked, by its own steady clock,
//! and leaves out a fifth; so it stops before others may begin, whatever its clock says. A process that was stopped
//! finds the time over when it goes on.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use delivery::Leave;
use delivery::core::{Lane, LaneSet};

/// How much of the term a holder uses, whatever its clock says: four fifths.
const TERM_USED: u32 = 4;
const TERM_PARTS: u32 = 5;

/// The lanes of a node, as its engine sees them before each request.
pub(crate) struct Hold {
    started: Instant,
    /// Microseconds since then until which it holds; 0 if not at all.
    until: AtomicU64,
    lanes: AtomicU16,
}

impl Hold {
    /// On nothing.
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), until: AtomicU64::new(0), lanes: AtomicU16::new(0) }
    }

    /// These are the lanes that the database says this node has, when it was asked at `asked` for leases of `term`.
    pub(crate) fn set(&self, lanes: LaneSet, asked: Instant, term: Duration) {
        // In this order: what is lost is known before anything may be sent again.
        self.lanes.store(lanes.bits(), Ordering::Release);
        let at = asked + term / TERM_PARTS * TERM_USED;
        let micros = u64::try_from(at.duration_since(self.started).as_micros()).unwrap_or(u64::MAX);
        self.until.store(micros, Ordering::Release);
    }
}

impl Leave for Hold {
    fn is_given(&self) -> bool {
        self.started.elapsed().as_micros() < u128::from(self.until.load(Ordering::Acquire))
    }

    fn is_gone(&self, lane: Lane) -> bool {
        !LaneSet::from_bits(self.lanes.load(Ordering::Acquire)).contains(lane)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_may_be_sent_once_the_time_is_over_or_the_lane_is_gone() {
        let (hold, one, other) = (Hold::new(), Lane::new(1).unwrap(), Lane::new(2).unwrap());
        assert!(!hold.is_given() && hold.is_gone(one));
        let term = Duration::from_mins(1);
        hold.set(LaneSet::of(one), Instant::now(), term);
        assert!(hold.is_given() && !hold.is_gone(one) && hold.is_gone(other));
        hold.set(LaneSet::of(one), Instant::now().checked_sub(term / 5 * 4).unwrap_or(hold.started), term);
        assert!(!hold.is_given() || hold.started.elapsed() < term);
        hold.set(LaneSet::NONE, Instant::now(), Duration::ZERO);
        assert!(!hold.is_given() && hold.is_gone(one));
    }
}
