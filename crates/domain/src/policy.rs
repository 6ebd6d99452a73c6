//! How often a delivery is tried, and how fast.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Why a policy was refused; each names the setting and its range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} is {found}, it must lie between {min} and {max}")]
pub struct OutOfRange {
    /// The setting, with its unit.
    pub setting: &'static str,
    /// The least that is allowed.
    pub min: u64,
    /// The most that is allowed.
    pub max: u64,
    /// What was given.
    pub found: u64,
}

fn within(setting: &'static str, found: u64, min: u64, max: u64) -> Result<(), OutOfRange> {
    if (min..=max).contains(&found) { Ok(()) } else { Err(OutOfRange { setting, min, max, found }) }
}

/// How long to wait before each attempt after the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// Each wait is `factor_percent` of the one before, up to a cap.
    Exponential {
        /// The wait before the second attempt, in milliseconds.
        base_ms: u64,
        /// What each wait is multiplied with, in percent: 200 doubles.
        factor_percent: u32,
        /// The longest wait, in milliseconds.
        cap_ms: u64,
    },
    /// The waits one by one, in milliseconds; there are as many attempts as waits, and one.
    Delays(Vec<u64>),
}

/// When a failed attempt is followed by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RetryPolicyFields")]
pub struct RetryPolicy {
    backoff: Backoff,
    attempts_max: u32,
    window_ms: u64,
    jitter_percent: u32,
    final_statuses: Vec<u16>,
}

/// The settings of a [`RetryPolicy`] before they are checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryPolicyFields {
    /// How long to wait.
    pub backoff: Backoff,
    /// How many attempts there are in all, the first included.
    pub attempts_max: u32,
    /// No retry is planned later than this after the delivery was scheduled, in milliseconds.
    pub window_ms: u64,
    /// How much chance adds to each wait at most, in percent of the wait. It never shortens one.
    pub jitter_percent: u32,
    /// Statuses that no retry can change: the delivery becomes a dead letter at once.
    pub final_statuses: Vec<u16>,
}

impl Default for RetryPolicyFields {
    /// Eleven attempts over about 35 hours: after 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, then every 6 hours.
    fn default() -> Self {
        Self {
            backoff: Backoff::Exponential { base_ms: 5_000, factor_percent: 400, cap_ms: 6 * 3_600_000 },
            attempts_max: 11,
            window_ms: 3 * RetryPolicy::DAY_MS,
            jitter_percent: 10,
            final_statuses: Vec::new(),
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new(RetryPolicyFields::default()).expect("the default lies within the bounds")
    }
}

impl RetryPolicy {
    const DAY_MS: u64 = 86_400_000;
    /// The most attempts of a delivery, without being asked for more by hand.
    pub const ATTEMPTS_MAX: u32 = 100;
    /// The longest single wait, in milliseconds: 7 days.
    pub const DELAY_MS_MAX: u64 = 7 * Self::DAY_MS;
    /// The longest window, in milliseconds: 30 days.
    pub const WINDOW_MS_MAX: u64 = 30 * Self::DAY_MS;
    /// The largest factor, in percent.
    pub const FACTOR_PERCENT_MAX: u32 = 10_000;
    /// The most final statuses.
    pub const FINAL_STATUSES_MAX: usize = 50;

    /// Checks the settings.
    pub fn new(fields: RetryPolicyFields) -> Result<Self, OutOfRange> {
        let RetryPolicyFields { backoff, mut attempts_max, window_ms, jitter_percent, mut final_statuses } =
            fields;
        match &backoff {
            Backoff::Exponential { base_ms, factor_percent, cap_ms } => {
                within("base_ms", *base_ms, 1, Self::DELAY_MS_MAX)?;
                within("factor_percent", (*factor_percent).into(), 100, Self::FACTOR_PERCENT_MAX.into())?;
                within("cap_ms", *cap_ms, *base_ms, Self::DELAY_MS_MAX)?;
            }
            Backoff::Delays(delays) => {
                within("the number of delays", delays.len() as u64, 0, u64::from(Self::ATTEMPTS_MAX) - 1)?;
                for delay in delays {
                    within("a delay in milliseconds", *delay, 1, Self::DELAY_MS_MAX)?;
                }
                attempts_max =
                    attempts_max.min(u32::try_from(delays.len()).unwrap_or(u32::MAX).saturating_add(1));
            }
        }
        within("attempts_max", attempts_max.into(), 1, Self::ATTEMPTS_MAX.into())?;
        within("window_ms", window_ms, 1_000, Self::WINDOW_MS_MAX)?;
        within("jitter_percent", jitter_percent.into(), 0, 100)?;
        within(
            "the number of final statuses",
            final_statuses.len() as u64,
            0,
            Self::FINAL_STATUSES_MAX as u64,
        )?;
        for status in &final_statuses {
            within("a final status", (*status).into(), 300, 599)?;
        }
        final_statuses.sort_unstable();
        final_statuses.dedup();
        Ok(Self { backoff, attempts_max, window_ms, jitter_percent, final_statuses })
    }

    /// How long to wait.
    pub const fn backoff(&self) -> &Backoff {
        &self.backoff
    }

    /// How many attempts there are in all, the first included.
    pub const fn attempts_max(&self) -> u32 {
        self.attempts_max
    }

    /// No retry is planned later than this after the delivery was scheduled, in milliseconds.
    pub const fn window_ms(&self) -> u64 {
        self.window_ms
    }

    /// How much chance adds to each wait at most, in percent.
    pub const fn jitter_percent(&self) -> u32 {
        self.jitter_percent
    }

    /// Statuses that no retry can change, in increasing order.
    pub fn final_statuses(&self) -> &[u16] {
        &self.final_statuses
    }

    /// Whether `status` ends a delivery at once.
    pub fn is_final(&self, status: u16) -> bool {
        self.final_statuses.binary_search(&status).is_ok()
    }

    /// When the attempt after the `made`-th is due, or `None` if there is none left.
    ///
    /// `chance` (of 0 to 65,535) decides how much of the jitter is added. `not_before` is what the receiver asked for.
    pub fn retry_at(
        &self,
        budget: Budget,
        now: Timestamp,
        chance: u16,
        not_before: Option<Timestamp>,
    ) -> Option<Timestamp> {
        if budget.made >= self.attempts_max {
            return None;
        }
        let delay = self.delay_ms(budget.made);
        let jitter = u128::from(delay) * u128::from(self.jitter_percent) * u128::from(chance)
            / (100 * u128::from(u16::MAX));
        let due =
            now.after(Duration::from_millis(delay.saturating_add(u64::try_from(jitter).unwrap_or(u64::MAX))));
        let due = not_before.map_or(due, |asked| asked.max(due));
        (due <= budget.since.after(Duration::from_millis(self.window_ms))).then_some(due)
    }

    /// The wait after the `made`-th attempt, before chance adds to it.
    pub fn delay_ms(&self, made: u32) -> u64 {
        let step = made.saturating_sub(1);
        match &self.backoff {
            Backoff::Delays(delays) => delays.get(step as usize).or(delays.last()).copied().unwrap_or(0),
            Backoff::Exponential { base_ms, factor_percent, cap_ms } => {
                let mut delay = u128::from(*base_ms) * 100;
                let cap = u128::from(*cap_ms) * 100;
                for _ in 0..step {
                    if delay >= cap || *factor_percent == 100 {
                        break;
                    }
                    delay = delay * u128::from(*factor_percent) / 100;
                }
                u64::try_from(delay.min(cap) / 100).unwrap_or(u64::MAX)
            }
        }
    }
}

impl TryFrom<RetryPolicyFields> for RetryPolicy {
    type Error = OutOfRange;

    fn try_from(fields: RetryPolicyFields) -> Result<Self, OutOfRange> {
        Self::new(fields)
    }
}

/// What a delivery has used up of its policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Attempts made since then.
    pub made: u32,
    /// When it was scheduled, or last asked for by hand.
    pub since: Timestamp,
}

/// How hard an endpoint may be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "LimitsFields")]
pub struct Limits {
    concurrency: u32,
    rate_per_second: Option<u32>,
    timeout_ms: u64,
}

/// The settings of [`Limits`] before they are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsFields {
    /// How many attempts may be under way at once.
    pub concurrency: u32,
    /// How many attempts may start in a second; `None` for no limit.
    pub rate_per_second: Option<u32>,
    /// How long an attempt may take from its start to the end of the response, in milliseconds.
    pub timeout_ms: u64,
}

impl Default for LimitsFields {
    fn default() -> Self {
        Self { concurrency: 64, rate_per_second: None, timeout_ms: 15_000 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(LimitsFields::default()).expect("the default lies within the bounds")
    }
}

impl Limits {
    /// The most attempts under way at once for one subscription.
    pub const CONCURRENCY_MAX: u32 = 1_000;
    /// The highest rate that can be set, in attempts a second.
    pub const RATE_MAX: u32 = 100_000;
    /// The longest an attempt may take, in milliseconds.
    pub const TIMEOUT_MS_MAX: u64 = 60_000;

    /// Checks the settings.
    pub fn new(fields: LimitsFields) -> Result<Self, OutOfRange> {
        let LimitsFields { concurrency, rate_per_second, timeout_ms } = fields;
        within("concurrency", concurrency.into(), 1, Self::CONCURRENCY_MAX.into())?;
        if let Some(rate) = rate_per_second {
            within("rate_per_second", rate.into(), 1, Self::RATE_MAX.into())?;
        }
        within("timeout_ms", timeout_ms, 100, Self::TIMEOUT_MS_MAX)?;
        Ok(Self { concurrency, rate_per_second, timeout_ms })
    }

    /// How many attempts may be under way at once.
    pub const fn concurrency(&self) -> u32 {
        self.concurrency
    }

    /// How many attempts may start in a second, if there is a limit.
    pub const fn rate_per_second(&self) -> Option<u32> {
        self.rate_per_second
    }

    /// How long an attempt may take, in milliseconds.
    pub const fn timeout_ms(&self) -> u64 {
        self.timeout_ms
    }
}

impl TryFrom<LimitsFields> for Limits {
    type Error = OutOfRange;

    fn try_from(fields: LimitsFields) -> Result<Self, OutOfRange> {
        Self::new(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn policy(change: impl FnOnce(&mut RetryPolicyFields)) -> Result<RetryPolicy, OutOfRange> {
        let mut fields = RetryPolicyFields::default();
        change(&mut fields);
        RetryPolicy::new(fields)
    }

    #[test]
    fn waits_grow_by_the_factor_up_to_the_cap() {
        let policy = RetryPolicy::default();
        let waits: Vec<_> = (1..=8).map(|made| policy.delay_ms(made) / 1_000).collect();
        assert_eq!(waits, [5, 20, 80, 320, 1_280, 5_120, 20_480, 21_600]);
    }

    #[test]
    fn a_list_of_delays_is_followed_and_then_ends() {
        let policy = policy(|fields| fields.backoff = Backoff::Delays(vec![10, 20])).unwrap();
        assert_eq!(policy.attempts_max(), 3);
        let at = |made| {
            policy.retry_at(Budget { made, since: NOW }, NOW, 0, None).map(|due| due.since(NOW).as_millis())
        };
        assert_eq!([at(1), at(2), at(3)], [Some(10), Some(20), None]);
    }

    #[test]
    fn jitter_only_adds() {
        let policy = policy(|fields| fields.jitter_percent = 50).unwrap();
        let at = |chance| {
            policy.retry_at(Budget { made: 1, since: NOW }, NOW, chance, None).unwrap().since(NOW).as_millis()
        };
        assert_eq!((at(0), at(u16::MAX)), (5_000, 7_500));
    }

    #[test]
    fn what_the_receiver_asks_for_only_delays_and_the_window_still_holds() {
        let policy = RetryPolicy::default();
        let budget = Budget { made: 1, since: NOW };
        let earlier = NOW.after(Duration::from_secs(1));
        let later = NOW.after(Duration::from_mins(1));
        assert_eq!(policy.retry_at(budget, NOW, 0, Some(earlier)).unwrap().since(NOW).as_secs(), 5);
        assert_eq!(policy.retry_at(budget, NOW, 0, Some(later)), Some(later));
        assert_eq!(policy.retry_at(budget, NOW, 0, Some(NOW.after(Duration::from_hours(73)))), None);
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let refused = policy(|fields| fields.attempts_max = 0).unwrap_err();
        assert_eq!(refused.to_string(), "attempts_max is 0, it must lie between 1 and 100");
        assert!(policy(|fields| fields.final_statuses = vec![200]).is_err());
        assert!(policy(|fields| fields.backoff = Backoff::Delays(vec![0])).is_err());
        assert!(Limits::new(LimitsFields { concurrency: 0, ..LimitsFields::default() }).is_err());
    }
}
