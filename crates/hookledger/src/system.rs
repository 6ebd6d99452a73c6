//! The real clock, the real ids, the real chance: the only place that asks the machine for them.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use domain::{Clock, IdSource, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
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

/// `UUIDv7`s in increasing order, also over threads.
///
/// Their chance comes from a generator that the operating system seeds once: a delivery needs four ids, and asking the
/// kernel for each of them took a fiftieth of the server's time.
pub(crate) struct SystemIds(Mutex<Ids>);

impl SystemIds {
    /// Freshly seeded; fails if the operating system gives no chance.
    pub(crate) fn new() -> Result<Self, rand::rngs::SysError> {
        Ok(Self(Mutex::new(Ids { rng: rng()?, millis: 0, chance: 0 })))
    }
}

impl IdSource for SystemIds {
    fn next(&self) -> Uuid {
        let millis = SystemClock.now().as_micros() / 1_000;
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.next(u64::try_from(millis).unwrap_or(0))
    }
}

/// The last id that was given, in its parts.
struct Ids {
    rng: StdRng,
    millis: u64,
    /// What a `UUIDv7` has besides: 74 bits.
    chance: u128,
}

impl Ids {
    const CHANCE_BITS: u32 = 74;

    /// A later millisecond draws anew; within one, or when the clock was set back, chance is added to the last id
    /// (RFC 9562 section 6.2, method 2).
    fn next(&mut self, millis: u64) -> Uuid {
        if millis > self.millis {
            // The highest bit stays free, so that there is room to add.
            (self.millis, self.chance) = (millis, self.rng.random::<u128>() >> (129 - Self::CHANCE_BITS));
        } else {
            self.chance += u128::from(self.rng.random::<u32>()) + 1;
        }
        if self.chance >> Self::CHANCE_BITS != 0 {
            (self.millis, self.chance) = (self.millis + 1, 0);
        }
        let mut bytes = [0; 10];
        bytes[..2].copy_from_slice(&(self.chance >> 62).to_be_bytes()[14..]);
        bytes[2..].copy_from_slice(&self.chance.to_be_bytes()[8..]);
        // Version and variant are put in front of the 12 and of the 62 bits.
        uuid::Builder::from_unix_timestamp_millis(self.millis, &bytes).into_uuid()
    }
}

/// A cryptographic generator, seeded by the operating system.
pub(crate) fn rng() -> Result<StdRng, rand::rngs::SysError> {
    StdRng::try_from_rng(&mut rand::rngs::SysRng)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> Ids {
        Ids { rng: StdRng::seed_from_u64(1), millis: 0, chance: 0 }
    }

    #[test]
    fn ids_increase_within_a_millisecond_and_when_the_clock_is_set_back() {
        let mut ids = ids();
        let moments = [5, 5, 5, 6, 6, 3, 3, 7].into_iter().cycle().take(10_000);
        let drawn: Vec<_> = moments.map(|millis| ids.next(millis)).collect();
        assert!(drawn.is_sorted_by(|one, two| one < two));
    }

    #[test]
    fn an_id_is_a_version_7_of_its_millisecond() {
        let id = ids().next(1_790_000_000_123);
        assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
        assert_eq!(id.as_u128() >> 80, 1_790_000_000_123);
    }

    #[test]
    fn a_millisecond_that_is_used_up_borrows_from_the_next() {
        let mut ids = Ids { millis: 9, chance: (1 << Ids::CHANCE_BITS) - 1, ..ids() };
        let id = ids.next(9);
        assert_eq!(id.as_u128() >> 80, 10);
    }
}
