//! How an endpoint fares: whether it is spared for a while, and whether its subscription counts as failing.
//!
//! The *breaker* follows Nygard's circuit breaker (Release It!, 2nd ed., section 5.2): closed, open, half-open, with a
//! *ramp* behind it, so that what piled up meanwhile does not fall upon an endpoint that has only just come back. A
//! *spell* is the time since which failures have prevailed; its length, not a count, decides about disabling.
//!
//! 429 is no failure: the endpoint lives and asks for time, which it gets elsewhere.

use std::time::Duration;

use domain::subscription::{Command, DisableReason, Health};
use domain::{DeliveryId, Timestamp};

/// When an endpoint counts as failing, and what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthPolicy {
    /// Failures within two to four minutes that open the breaker, if their share is large enough, and that begin a
    /// spell.
    pub failures_min: u32,
    /// The share of failures, in percent, from which on they prevail.
    pub share_percent: u32,
    /// How long the breaker stays open the first time; each time after it, twice as long.
    pub pause_min: Duration,
    /// The longest that it stays open.
    pub pause_max: Duration,
    /// How long failures prevail before the owner is warned.
    pub warn_after: Duration,
    /// How long failures prevail before the subscription is disabled.
    pub disable_after: Duration,
}

impl Default for HealthPolicy {
    fn default() -> Self {
        const DAY: Duration = Duration::from_hours(24);
        Self {
            failures_min: 10,
            share_percent: 90,
            pause_min: Duration::from_secs(5),
            pause_max: Duration::from_mins(5),
            warn_after: DAY,
            disable_after: 5 * DAY,
        }
    }
}

/// What became of an attempt, as far as it speaks of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// A request was answered with 2xx.
    Success,
    /// It was not.
    Failure,
    /// The endpoint lives, and wants less.
    Busy,
}

/// What the breaker allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// Whatever the limits allow.
    Free,
    /// No more than so many attempts in a second.
    Ramp(u32),
    /// One attempt, to see.
    Probe,
    /// None before this instant.
    Until(Timestamp),
    /// None before the outcome of the one that is under way.
    Probing,
}

/// The state of the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Breaker {
    Closed,
    Open { until: Timestamp, times: u32 },
    HalfOpen { probe: DeliveryId, times: u32 },
    Ramp { since: Timestamp, failures: u32, times: u32 },
}

/// What is remembered of an endpoint.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    breaker: Breaker,
    window: Window,
    spell: Option<Spell>,
}

/// Since when failures prevail.
#[derive(Debug, Clone, Copy)]
struct Spell {
    since: Timestamp,
    failures: u32,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self { breaker: Breaker::Closed, window: Window::default(), spell: None }
    }
}

impl Endpoint {
    /// Attempts in a second when the ramp begins.
    const RAMP_PER_SECOND: u32 = 10;
    /// How often the ramp doubles before it ends.
    const RAMP_STEPS: u32 = 10;
    /// How long each step of the ramp takes.
    const RAMP_STEP: Duration = Duration::from_secs(3);
    /// Failures on the ramp that open the breaker again.
    const RAMP_FAILURES: u32 = 3;

    /// What may start at `now`.
    pub(super) fn gate(&self, now: Timestamp) -> Gate {
        match self.breaker {
            Breaker::Closed => Gate::Free,
            Breaker::Open { until, .. } if until > now => Gate::Until(until),
            Breaker::Open { .. } => Gate::Probe,
            Breaker::HalfOpen { .. } => Gate::Probing,
            Breaker::Ramp { since, .. } => {
                let step = now.since(since).as_millis() / Self::RAMP_STEP.as_millis();
                match u32::try_from(step) {
                    Ok(step) if step < Self::RAMP_STEPS => Gate::Ramp(Self::RAMP_PER_SECOND << step),
                    _ => Gate::Free,
                }
            }
        }
    }

    /// Notes that an attempt starts, which the gate has allowed.
    pub(super) fn started(&mut self, delivery: DeliveryId) {
        if let Breaker::Open { times, .. } = self.breaker {
            self.breaker = Breaker::HalfOpen { probe: delivery, times };
        }
    }

    /// Takes what became of an attempt that ended at `at`. `chance` (0 to 65,535) spreads pauses by a tenth.
    pub(super) fn ended(
        &mut self,
        policy: &HealthPolicy,
        delivery: DeliveryId,
        sign: Sign,
        at: Timestamp,
        chance: u16,
    ) {
        self.window.note(at, sign);
        self.follow(policy, sign, at);
        self.breaker = match (self.breaker, sign) {
            (Breaker::Closed, Sign::Failure) if self.window.prevails(policy) => open(policy, 0, at, chance),
            (Breaker::HalfOpen { probe, times }, Sign::Failure) if probe == delivery => {
                open(policy, times, at, chance)
            }
            (Breaker::Open { times, .. } | Breaker::HalfOpen { times, .. }, Sign::Success | Sign::Busy) => {
                Breaker::Ramp { since: at, failures: 0, times }
            }
            (Breaker::Ramp { times, .. }, Sign::Failure)
                if self.gate(at) == Gate::Free && self.window.prevails(policy) =>
            {
                open(policy, times, at, chance)
            }
            (Breaker::Ramp { .. }, _) if self.gate(at) == Gate::Free => Breaker::Closed,
            (Breaker::Ramp { since, failures, times }, Sign::Failure) => {
                let failures = failures + 1;
                if failures >= Self::RAMP_FAILURES {
                    open(policy, times, at, chance)
                } else {
                    Breaker::Ramp { since, failures, times }
                }
            }
            (Breaker::Ramp { since, times, .. }, Sign::Success) => {
                Breaker::Ramp { since, failures: 0, times }
            }
            // Outcomes of attempts from before it opened say nothing new.
            (same, _) => same,
        };
    }

    fn follow(&mut self, policy: &HealthPolicy, sign: Sign, at: Timestamp) {
        match sign {
            Sign::Failure => {
                let spell = self.spell.get_or_insert(Spell { since: at, failures: 0 });
                spell.failures = spell.failures.saturating_add(1);
                // A clock that was set back does not make it begin in the future.
                spell.since = spell.since.min(at);
            }
            Sign::Success if !self.window.share_prevails(policy) => self.spell = None,
            Sign::Success | Sign::Busy => {}
        }
    }

    /// What is to be recorded of a subscription of which `health` is recorded, after an attempt ended at `at`.
    pub(super) fn verdict(
        &self,
        policy: &HealthPolicy,
        health: Health,
        sign: Sign,
        at: Timestamp,
    ) -> Option<Command> {
        match (health, sign) {
            (Health::Well, Sign::Failure) => {
                let spell = self.spell.filter(|spell| spell.failures >= policy.failures_min)?;
                Some(Command::NoteFailing { since: spell.since })
            }
            (Health::Failing { since, .. }, Sign::Failure) if at >= since.after(policy.disable_after) => {
                Some(Command::Disable { reason: DisableReason::Failing { since } })
            }
            (Health::Failing { since, warned: false }, Sign::Failure)
                if at >= since.after(policy.warn_after) =>
            {
                Some(Command::WarnOfDisable { disable_at: since.after(policy.disable_after) })
            }
            (Health::Failing { .. }, Sign::Success) if self.spell.is_none() => Some(Command::NoteRecovered),
            _ => None,
        }
    }

    /// Takes that the clock was set back: what the breaker waits for lasts as long as it would have.
    pub(super) fn set_back(&mut self, by: Duration) {
        match &mut self.breaker {
            Breaker::Open { until, .. } => *until = earlier(*until, by),
            Breaker::Ramp { since, .. } => *since = earlier(*since, by),
            Breaker::Closed | Breaker::HalfOpen { .. } => {}
        }
    }

    /// Whether the breaker holds attempts back.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.breaker, Breaker::Open { .. } | Breaker::HalfOpen { .. })
    }
}

/// An instant by a clock that was set back meanwhile.
pub(super) fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(at.as_micros().saturating_sub(by).max(0))
}

fn open(policy: &HealthPolicy, times: u32, at: Timestamp, chance: u16) -> Breaker {
    let pause = policy.pause_min.saturating_mul(1 << times.min(20)).min(policy.pause_max);
    let spread = pause / 10 * u32::from(chance) / u32::from(u16::MAX);
    Breaker::Open { until: at.after(pause + spread), times: times.saturating_add(1) }
}

/// Outcomes of the last two to four minutes: those of the current slot of two minutes, and of the one before.
#[derive(Debug, Clone, Default)]
struct Window {
    slot: i64,
    current: Counts,
    previous: Counts,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    successes: u32,
    failures: u32,
}

impl Window {
    const SLOT_SECONDS: i64 = 120;

    fn note(&mut self, at: Timestamp, sign: Sign) {
        let slot = at.as_seconds() / Self::SLOT_SECONDS;
        // A clock that is set back stays in the slot where it was.
        if slot > self.slot {
            let next = slot == self.slot + 1;
            self.previous = if next { self.current } else { Counts::default() };
            self.current = Counts::default();
            self.slot = slot;
        }
        match sign {
            Sign::Success => self.current.successes = self.current.successes.saturating_add(1),
            Sign::Failure => self.current.failures = self.current.failures.saturating_add(1),
            Sign::Busy => {}
        }
    }

    fn failures(&self) -> u64 {
        u64::from(self.current.failures) + u64::from(self.previous.failures)
    }

    fn share_prevails(&self, policy: &HealthPolicy) -> bool {
        let all = self.failures() + u64::from(self.current.successes) + u64::from(self.previous.successes);
        self.failures() * 100 >= all * u64::from(policy.share_percent)
    }

    /// Whether failures are many, and nearly all there is.
    fn prevails(&self, policy: &HealthPolicy) -> bool {
        self.failures() >= u64::from(policy.failures_min) && self.share_prevails(policy)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn failures_do_not_prevail_since_an_instant_that_is_to_come() {
        let (policy, delivery) = (HealthPolicy::default(), DeliveryId::from_uuid(Uuid::nil()));
        let mut endpoint = Endpoint::default();
        let (late, early) = (Timestamp::from_seconds(1_000_000), Timestamp::from_seconds(10));
        endpoint.ended(&policy, delivery, Sign::Failure, late, 0);
        for _ in 0..policy.failures_min {
            endpoint.ended(&policy, delivery, Sign::Failure, early, 0);
        }
        let command = endpoint.verdict(&policy, Health::Well, Sign::Failure, early);
        assert_eq!(command, Some(Command::NoteFailing { since: early }));
    }

    #[test]
    fn a_breaker_stays_open_no_longer_because_the_clock_was_set_back() {
        let (policy, delivery) = (HealthPolicy::default(), DeliveryId::from_uuid(Uuid::nil()));
        let mut endpoint = Endpoint::default();
        let late = Timestamp::from_seconds(1_000_000);
        for _ in 0..policy.failures_min {
            endpoint.ended(&policy, delivery, Sign::Failure, late, 0);
        }
        assert_eq!(endpoint.gate(late), Gate::Until(late.after(policy.pause_min)));
        let jump = late.since(Timestamp::from_seconds(1_000));
        endpoint.set_back(jump);
        let early = Timestamp::from_seconds(1_000);
        assert_eq!(endpoint.gate(early), Gate::Until(early.after(policy.pause_min)));
    }
}
