//! The real clock, the real ids, the real chance: the only place that asks the machine for them.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::{Clock, IdSource, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;
use uuid::Uuid;

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is what is injected everywhere else")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// `UUIDv7`s in increasing order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemIds;

impl IdSource for SystemIds {
    fn next(&self) -> Uuid {
        #[expect(clippy::disallowed_methods, reason = "this is what is injected everywhere else")]
        Uuid::now_v7()
    }
}

/// A cryptographic generator, seeded by the operating system.
pub(crate) fn rng() -> Result<StdRng, rand::rngs::SysError> {
    StdRng::try_from_rng(&mut rand::rngs::SysRng)
}
