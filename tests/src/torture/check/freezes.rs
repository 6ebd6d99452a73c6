//! A node that stands still for longer than its leases last, and goes on: a *zombie*.
//!
//! What was under way there is made again by whoever took its lanes, once, and has a record of its own when the zombie goes
//! on. Which records those are is known exactly: by the lease that they name, by where they stand in the ledger, and by when
//! they began. Nothing else is excused.

use super::attempts::LATE_US;
use super::history::Lease;
use super::{Attempt, Delivery};

/// One of several nodes stood still, until after others had taken all its lanes.
#[derive(Debug, Clone)]
pub struct Freeze {
    /// From when it did nothing, in microseconds since the Unix epoch.
    pub from: u64,
    /// Until when.
    pub to: u64,
    /// The ledger's last position at a moment when it had stopped: what it recorded beyond, it had under way until then.
    pub head: u64,
    /// What it held when it stopped, and nothing of which it held any more when it went on.
    pub leases: Vec<Lease>,
}

impl Freeze {
    fn is_of(&self, attempt: &Attempt) -> bool {
        attempt.lease.is_some_and(|lease| self.leases.contains(&lease))
    }

    /// Whether an attempt was under way at the node, or on its way into the ledger, when it stopped.
    pub(super) fn held_up(&self, attempt: &Attempt) -> bool {
        self.is_of(attempt) && attempt.position > self.head && attempt.started_at <= self.from
    }

    /// Whether the node began an attempt when its lane was somebody else's.
    pub(super) fn is_stolen(&self, attempt: &Attempt) -> bool {
        self.is_of(attempt) && attempt.started_at > self.from
    }

    /// Until when a request that was held up may be noted: it may have been about to leave, and left when the node went on.
    pub(super) const fn noted_until(&self) -> u64 {
        self.to + LATE_US
    }

    /// Whether an attempt that had no answer may have been without one because of this: its deadline was over when the node
    /// went on.
    pub(super) const fn ran_out(&self, attempt: &Attempt) -> bool {
        attempt.started_at + attempt.took_us >= self.to
    }

    /// Whether another node began this attempt before it could know what the zombie had to tell.
    pub(super) fn is_instead(&self, attempt: &Attempt) -> bool {
        !self.is_of(attempt) && (self.from..=self.noted_until()).contains(&attempt.started_at)
    }
}

impl Delivery {
    /// The attempts of this delivery that a freeze held up.
    pub(super) fn held_up<'a>(&'a self, freeze: &'a Freeze) -> impl Iterator<Item = &'a Attempt> {
        self.attempts.iter().filter(|attempt| freeze.held_up(attempt))
    }
}
