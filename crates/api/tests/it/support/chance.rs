//! Time, ids and chance that repeat.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use domain::{Clock, IdSource, Timestamp};
use uuid::Uuid;

/// A clock that stands still until it is set on.
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn new() -> Self {
        Self(AtomicI64::new(1_790_000_000_000_000))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// Ids one after the other.
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(1))
    }
}

impl IdSource for Counter {
    fn next(&self) -> Uuid {
        Uuid::from_u128(
            0x0199_0000_0000_7000_8000_0000_0000_0000 + u128::from(self.0.fetch_add(1, Ordering::Relaxed)),
        )
    }
}
