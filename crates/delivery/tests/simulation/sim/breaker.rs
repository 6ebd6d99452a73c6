//! What must hold of breakers, and of what is recorded about endpoints that fail.
//!
//! When a breaker opens and closes is seen from outside, by how many the core says are open.

use std::time::Duration;

use domain::subscription::{Command, DisableReason, Health};
use domain::{DeliveryId, SubscriptionId};

use super::life::Open;
use super::trail::Kind;
use super::world::World;

/// Failures within this, and nothing else for long before, open a breaker.
const STREAK: Duration = Duration::from_mins(2);
/// How far back the core looks at most.
const MEMORY: Duration = Duration::from_mins(4);
/// So many failures in a row open a breaker on the ramp, whatever the policy says.
const RAMP_FAILURES: u32 = 3;

impl World {
    /// Takes note of an outcome that is about to be told.
    pub(crate) fn learn(&mut self, subscription: SubscriptionId, delivery: DeliveryId) {
        let (now, status) = (self.now, self.life.outcomes[&delivery].answer.status());
        let watched = self.life.watch(subscription);
        watched.outcomes += 1;
        match status {
            Some(200..=299) => (watched.streak, watched.success_at) = (None, Some(now)),
            // It lives, and wants less.
            Some(429) => watched.streak = None,
            _ => {
                let (since, failures) = watched.streak.unwrap_or((now, 0));
                watched.streak = Some((since, failures + 1));
            }
        }
    }

    /// Follows the breaker after an outcome was told; `before` is how many breakers were open then.
    pub(crate) fn follow_breaker(
        &mut self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
        before: usize,
    ) {
        let (now, policy) = (self.now, self.profile.health);
        let failed = !matches!(self.life.outcomes[&delivery].answer.status(), Some(200..=299 | 429));
        let after = self.life.core.load().breakers_open;
        let live = self.life.followed.live(subscription).is_some();
        let set_back = self.life.set_back;
        let well = self
            .life
            .followed
            .live(subscription)
            .is_some_and(|live| live.delivers() && live.health == Health::Well);
        let watched = self.life.watch(subscription);
        if !live {
            return watched.forget();
        }
        if let Some((since, failures)) = watched.streak.filter(|_| failed && well) {
            let told = watched.noting || failures < policy.failures_min;
            assert!(told, "health: nobody is told of {failures} failures since {since}");
        }
        let probed = watched.open.is_some_and(|open| open.probe == Some(delivery));
        let kind = if after > before {
            assert!(watched.streak.is_some(), "breaker: opened by an answer that is no failure");
            watched.open = Some(Open { since: now, probe: None });
            watched.ramp_since = None;
            Some(Kind::BreakerOpened)
        } else if after < before {
            assert!(watched.streak.is_none(), "breaker: closed by a failure");
            watched.open = None;
            watched.ramp_since = Some(now);
            Some(Kind::BreakerClosed)
        } else if probed {
            watched.open = Some(Open { since: now, probe: None });
            Some(Kind::BreakerReopened)
        } else {
            None
        };
        let forgiven = watched.success_at.is_none_or(|at| now.since(at) > MEMORY);
        if let Some((since, failures)) = watched.streak
            && failures >= policy.failures_min.max(RAMP_FAILURES)
            && now.since(since) < STREAK
            && forgiven
            && !set_back
        {
            assert!(watched.open.is_some(), "breaker: closed after {failures} failures since {since}");
        }
        if let Some(kind) = kind {
            self.note(kind, (subscription, delivery, 0));
        }
    }

    /// What is to be recorded of a subscription is so, as far as the engine has followed the ledger.
    pub(crate) fn may_note(&mut self, subscription: SubscriptionId, command: &Command) {
        let (now, policy) = (self.now, self.profile.health);
        let health = self.life.followed.live(subscription).map(|live| live.health);
        let watched = self.life.watch(subscription);
        let kind = match (command, health) {
            (Command::Disable { reason: DisableReason::EndpointGone }, _) => {
                return self.note(Kind::WishedGone, subscription);
            }
            (Command::NoteFailing { since }, Some(Health::Well)) => {
                assert!(*since <= now, "health: failing since {since}, which is to come");
                assert!(watched.streak.is_some(), "health: failing after a success");
                Kind::WishedFailing
            }
            (Command::WarnOfDisable { disable_at }, Some(Health::Failing { since, warned: false })) => {
                assert!(now.since(since) >= policy.warn_after, "health: warned too early");
                assert_eq!(*disable_at, since.after(policy.disable_after), "health: warned of another time");
                Kind::WishedWarning
            }
            (
                Command::Disable { reason: DisableReason::Failing { since } },
                Some(Health::Failing { since: recorded, .. }),
            ) => {
                assert_eq!(*since, recorded, "health: disabled for another reason");
                assert!(now.since(recorded) >= policy.disable_after, "health: disabled too early");
                assert!(watched.streak.is_some(), "health: disabled after a success");
                Kind::WishedDisabled
            }
            (Command::NoteRecovered, Some(Health::Failing { .. })) => {
                assert_eq!(watched.success_at, Some(now), "health: recovered without a success");
                Kind::WishedRecovered
            }
            other => panic!("health: nobody asked for {other:?}"),
        };
        assert!(!watched.noting, "health: two things are recorded at once");
        watched.noting = true;
        self.note(kind, subscription);
    }
}
