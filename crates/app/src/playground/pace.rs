//! How often a tenant may have test requests sent, and how many at once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{TenantId, Timestamp};

use super::Refusal;

/// The most test requests of a tenant in a minute, on one node.
pub(super) const PER_MINUTE_MAX: usize = 30;
/// The most test requests of a tenant that are under way at the same time: one whose receiver hangs takes seconds.
pub(super) const AT_ONCE_MAX: usize = 4;
/// The most test requests of all tenants that are under way at the same time.
const AT_ONCE_OF_ALL_MAX: usize = 64;
const MINUTE: Duration = Duration::from_mins(1);

/// When test requests were sent in the last minute, and which are under way. Clones share it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Pace(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    lately: HashMap<TenantId, VecDeque<Timestamp>>,
    under_way: HashMap<TenantId, usize>,
}

/// The right to send one test request; it is under way until this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    pace: Pace,
    tenant: TenantId,
}

impl Pace {
    /// Takes a turn at `now`, or says why there is none.
    pub(super) fn take(&self, tenant: TenantId, now: Timestamp) -> Result<Turn, Refusal> {
        let mut taken = self.taken();
        taken.lately.retain(|_, times| {
            // A clock that is set back frees turns early, and never locks anybody out.
            times.retain(|at| *at <= now && now.since(*at) < MINUTE);
            !times.is_empty()
        });
        let own = taken.under_way.get(&tenant).copied().unwrap_or(0);
        if own >= AT_ONCE_MAX || taken.under_way.values().sum::<usize>() >= AT_ONCE_OF_ALL_MAX {
            return Err(Refusal::TooManyAtOnce);
        }
        let times = taken.lately.entry(tenant).or_default();
        if let Some(first) = times.front().filter(|_| times.len() >= PER_MINUTE_MAX) {
            return Err(Refusal::TooOften { wait: MINUTE.saturating_sub(now.since(*first)) });
        }
        times.push_back(now);
        *taken.under_way.entry(tenant).or_default() += 1;
        Ok(Turn { pace: self.clone(), tenant })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.pace.taken();
        let left = taken.under_way.get_mut(&self.tenant).map_or(0, |own| {
            *own -= 1;
            *own
        });
        if left == 0 {
            taken.under_way.remove(&self.tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(number: u128) -> TenantId {
        TenantId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn turns_come_back_after_a_minute_and_each_tenant_has_its_own() {
        let (pace, start) = (Pace::default(), Timestamp::from_seconds(1_000));
        for _ in 0..PER_MINUTE_MAX {
            drop(pace.take(tenant(1), start).unwrap());
        }
        let later = start.after(Duration::from_secs(20));
        let refused = Refusal::TooOften { wait: Duration::from_secs(40) };
        assert_eq!(pace.take(tenant(1), later).unwrap_err(), refused);
        assert!(pace.take(tenant(2), start).is_ok());
        assert!(pace.take(tenant(1), start.after(MINUTE)).is_ok());
    }

    #[test]
    fn a_tenant_whose_receivers_hang_waits_and_the_others_do_not() {
        let (pace, now) = (Pace::default(), Timestamp::from_seconds(1_000));
        let mut turns: Vec<_> = (0..AT_ONCE_MAX).map(|_| pace.take(tenant(1), now).unwrap()).collect();
        assert_eq!(pace.take(tenant(1), now).unwrap_err(), Refusal::TooManyAtOnce);
        assert!(pace.take(tenant(2), now).is_ok());
        turns.pop();
        assert!(pace.take(tenant(1), now).is_ok());
        drop(turns);
        assert!(pace.taken().under_way.is_empty());
    }
}
