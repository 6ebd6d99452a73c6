//! What must hold whenever the engine does something, judged by the model's own knowledge.

use std::time::Duration;

use domain::delivery::{Answer, DeadLetterReason, Event, Origin, State};
use domain::policy::RetryPolicy;
use domain::{DeliveryId, Sequence, SubscriptionId, Timestamp};
use hookledger_delivery::core::{Job, Load};

use super::life::Outcome;
use super::trail::Kind;
use super::truth::Past;
use super::world::World;

/// How long nothing is known of an endpoint whose first request is under way.
const NEW_UNTIL: Duration = Duration::from_secs(1);
/// How long the first step of the ramp behind an open breaker takes, and how many attempts a second it allows.
const RAMP_STEP: Duration = Duration::from_secs(3);
const RAMP_PER_SECOND: usize = 10;
/// In how long a time no more attempts may start than a second allows: a limit is exceeded by 5 % at most.
const RATE_WINDOW: Duration = Duration::from_millis(950);

impl World {
    /// A request may be made: of something that the ledger holds, that waits, that is due, and within the limits.
    pub(crate) fn may_send(&mut self, subscription: SubscriptionId, job: &Job) {
        self.is_known_and_waits(subscription, job);
        let (now, life) = (self.now, &mut self.life);
        let Load { in_flight, settling, .. } = life.core.load();
        assert!(in_flight <= life.bounds.in_flight_max, "bounds: {in_flight} requests at once");
        assert!(settling < life.bounds.settling_max, "bounds: sent while {settling} outcomes are under way");
        let followed = life.followed.live(subscription);
        let followed = followed.expect("no phantom: sent for a deleted subscription");
        assert!(followed.delivers(), "no phantom: sent for a subscription that is {:?}", followed.status);
        let limits = followed.settings.limits;

        let due_at = job.progress.due_at().expect("it waits");
        assert!(job.is_first() || due_at <= now, "schedule: sent at {now}, which is due at {due_at}");
        let watched = life.watched.entry(subscription).or_default();
        let until = watched.blocked_until;
        assert!(until <= now, "schedule: sent at {now}, although the receiver asked to wait until {until}");
        if job.is_first() {
            let (before, this) = (watched.first, job.event_position);
            assert!(before < this, "order: the first attempt for event {this} after the one for {before}");
            watched.first = this;
        }

        watched.in_flight += 1;
        if let Some(open) = &mut watched.open {
            let (since, pause) = (open.since, self.profile.health.pause_min);
            assert_eq!(open.probe, None, "breaker: a second attempt before the outcome of the first");
            assert!(now.since(since) >= pause, "breaker: open since {since}, and sent at {now}");
            open.probe = Some(job.delivery);
            self.trail.note(self.step, now, Kind::Probed, (subscription, job.delivery, 0));
        }
        let oldest = life
            .flights
            .iter()
            .filter(|flight| flight.subscription == subscription)
            .map(|flight| flight.under_way_since)
            .min();
        let alone = oldest.is_none_or(|oldest| now.since(oldest) >= NEW_UNTIL);
        assert!(
            watched.outcomes > 0 || alone,
            "fairness: two at once to an endpoint of which nothing is known"
        );
        let concurrency = limits.concurrency();
        assert!(watched.in_flight <= concurrency, "limits: {} of {concurrency} at once", watched.in_flight);
        if watched.in_flight == concurrency {
            self.trail.note(self.step, now, Kind::AtConcurrency, (subscription, u64::from(concurrency)));
        }
        let ramp = watched.ramp_since.filter(|since| now.since(*since) < RAMP_STEP);
        watched.starts.push_back(now);
        watched.starts.retain(|start| now.since(*start) < RATE_WINDOW);
        if let Some(since) = ramp {
            let started = watched.starts.iter().filter(|start| **start > since).count();
            assert!(started <= RAMP_PER_SECOND, "ramp: {started} attempts within 950 ms");
            self.trail.note(self.step, now, Kind::SentOnRamp, (subscription, job.delivery, 0));
        }
        let Some(rate) = limits.rate_per_second() else { return };
        let all = self.cluster.starts.entry(subscription).or_default();
        all.push(now);
        all.retain(|start| now.since(*start) < RATE_WINDOW);
        // One more where a lane moved: both its holders start evenly, and not in step.
        assert!(all.len() <= 1 + rate as usize, "limits: {} attempts on all nodes at {rate}/s", all.len());
        let watched = self.life.watch(subscription);
        let started = watched.starts.len();
        assert!(started <= rate as usize, "limits: {started} attempts started within 950 ms at {rate}/s");
        if started == rate as usize {
            self.trail.note(self.step, now, Kind::AtRate, (subscription, u64::from(rate)));
        }
    }

    fn is_known_and_waits(&mut self, subscription: SubscriptionId, job: &Job) {
        let folded = self.life.core.folded();
        let Some(known) = self.truth.deliveries.get(&job.delivery) else {
            panic!("no phantom: {} is sent, which no event led to", job.delivery)
        };
        assert_eq!(
            (known.subscription, known.event, known.event_position),
            (subscription, job.event, job.event_position),
            "no phantom: {} is sent for something else",
            job.delivery
        );
        assert!(job.event_position <= folded, "no phantom: sent before its event was followed");
        let past = known.at(job.sequence).expect("no phantom: sent with more records than there are");
        assert_eq!(past.progress, job.progress, "the engine is wrong about {}", job.delivery);
        let waits = matches!(job.progress.state, State::Waiting { .. });
        assert!(waits, "bounded repeats: sent although it is {:?}", job.progress.state);
        let told = self.life.told.get(&job.delivery).copied().unwrap_or_default();
        assert!(
            told <= job.sequence,
            "bounded repeats: sent as of record {} of {}, although the engine appended up to {told}",
            job.sequence,
            job.delivery,
        );
        let mut newer = known.since(job.sequence);
        // That a delivery was scheduled changes nothing; the page that was followed may end just there.
        if let Some(past) = newer.find(|past| past.progress != job.progress) {
            let at = past.position;
            assert!(
                at > folded,
                "bounded repeats: sent as of record {} of {}, although a newer one, at {at}, was followed to {folded}",
                job.sequence,
                job.delivery,
            );
            self.trail.note(self.step, self.now, Kind::SentBlind, (subscription, job.delivery, at.0));
        }
        let under_way = self.life.outcomes.contains_key(&job.delivery)
            || self.life.flights.iter().any(|flight| flight.delivery == job.delivery);
        assert!(!under_way, "bounded repeats: {} is sent while it is under way", job.delivery);
    }

    /// What is to be recorded of an outcome is what the policy says, and is so at the place in its stream that it names.
    pub(crate) fn may_append(
        &mut self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
        expected: Sequence,
        events: &[Event],
    ) {
        let known = &self.truth.deliveries[&delivery];
        let outcome = self.life.outcomes.get(&delivery).expect("attempt truth: recorded without a request");
        let past = known.at(expected).expect("attempt truth: recorded behind records that do not exist");
        let is_first = |origin: &Origin, at| {
            assert_eq!(expected, Sequence::NONE, "{delivery} is scheduled twice");
            assert_eq!((origin, at), (&known.origin(), known.accepted_at), "wrongly scheduled");
        };
        let rest = match events {
            [Event::Scheduled { origin, at }, rest @ ..] => {
                is_first(origin, *at);
                rest
            }
            [Event::DeliveredAtOnce { origin, at, .. }] => {
                is_first(origin, *at);
                events
            }
            rest => {
                assert_ne!(expected, Sequence::NONE, "{delivery} has an outcome and was never scheduled");
                rest
            }
        };
        let [
            Event::DeliveredAtOnce { attempt, .. }
            | Event::AttemptSucceeded { attempt }
            | Event::AttemptFailed { attempt, .. },
            ..,
        ] = rest
        else {
            panic!("attempt truth: what is recorded of {delivery} is no attempt: {events:?}")
        };
        assert_eq!(attempt.body_sha256, outcome.request.to_string(), "attempt truth: of another request");
        assert_eq!(attempt.answer, outcome.answer, "attempt truth: another answer");
        let policy = self.life.followed.live(subscription).map(|live| &live.settings.retry);
        let kind = match rest {
            [Event::DeliveredAtOnce { .. } | Event::AttemptSucceeded { .. }] => {
                assert!(matches!(outcome.answer.status(), Some(200..=299)), "no success: {events:?}");
                return;
            }
            [Event::AttemptFailed { retry_at, .. }] => is_planned(past, policy, outcome, *retry_at),
            [Event::AttemptFailed { retry_at: None, .. }, Event::DeadLettered { reason }] => {
                is_dead(past, policy.expect("a dead letter without a policy"), outcome, *reason)
            }
            other => panic!("attempt truth: nonsense is recorded of {delivery}: {other:?}"),
        };
        self.trail.note(self.step, self.now, kind, (subscription, delivery, expected.0));
    }

    /// Counts agree, and nothing grows past its bound.
    pub(crate) fn is_within_bounds(&self) {
        let life = &self.life;
        let Load { held, in_flight, in_flight_slow, settling, breakers_open } = life.core.load();
        assert!(in_flight_slow <= in_flight, "the core miscounts slow requests");
        let open = life.watched.values().filter(|watched| watched.open.is_some()).count();
        assert_eq!(breakers_open, open, "the core miscounts breakers");
        assert_eq!(in_flight, life.flights.len() + life.held.withdrawn(), "the core miscounts requests");
        assert_eq!(settling, life.outcomes.len(), "the core miscounts outcomes");
        assert!(in_flight <= life.bounds.in_flight_max, "bounds: {in_flight} requests at once");
        let (bounds, queues) = (&life.bounds, life.followed.count());
        let most = (bounds.held_max + queues * bounds.window_min).min(queues * bounds.window_max);
        assert!(held <= most, "bounds: {held} deliveries are held, {most} may be: {bounds:?}");
    }
}

/// A failure that ends nothing: the next attempt, if any, is when the policy and the receiver want it.
fn is_planned(
    past: &Past,
    policy: Option<&RetryPolicy>,
    outcome: &Outcome,
    retry_at: Option<Timestamp>,
) -> Kind {
    let waits = matches!(past.progress.state, State::Waiting { .. });
    let Some(policy) = policy.filter(|_| waits) else {
        assert_eq!(retry_at, None, "schedule: a retry of what has ended");
        return Kind::AfterEnd;
    };
    let retry_at = retry_at.expect("no loss: neither a retry nor a dead letter");
    let status = outcome.answer.status();
    let ends = status.is_some_and(|status| status == 410 || policy.is_final(status));
    assert!(!ends, "schedule: a retry after {status:?}");
    let made = past.made + 1;
    assert!(made < policy.attempts_max(), "schedule: a retry after {made} of {}", policy.attempts_max());
    let delay = Duration::from_millis(policy.delay_ms(made));
    let earliest = outcome.at.after(delay).max(outcome.not_before.unwrap_or_default());
    let jitter = delay * policy.jitter_percent() / 100;
    assert!(retry_at >= earliest, "schedule: a retry at {retry_at}, before {earliest}");
    assert!(
        retry_at <= earliest.after(jitter),
        "schedule: a retry at {retry_at}, {jitter:?} past {earliest}"
    );
    assert!(retry_at <= window_end(past, policy), "schedule: a retry behind the window");
    Kind::RetryPlanned
}

/// A failure that ends everything: for a reason that holds.
fn is_dead(past: &Past, policy: &RetryPolicy, outcome: &Outcome, reason: DeadLetterReason) -> Kind {
    assert!(matches!(past.progress.state, State::Waiting { .. }), "died after its end");
    let is = |wanted: fn(&RetryPolicy, u16) -> bool| match &outcome.answer {
        Answer::Response { status, .. } => wanted(policy, *status),
        Answer::Failure { .. } => false,
    };
    match reason {
        DeadLetterReason::EndpointGone => {
            assert!(is(|_, status| status == 410), "not gone");
            Kind::EndpointGone
        }
        DeadLetterReason::FinalStatus => {
            assert!(is(RetryPolicy::is_final), "not final");
            Kind::FinalStatus
        }
        // The made-up worlds have no versions of event types.
        DeadLetterReason::NotCastable => panic!("nothing is cast here"),
        DeadLetterReason::Exhausted => {
            let made = past.made + 1;
            let delay = Duration::from_millis(policy.delay_ms(made));
            let latest = outcome
                .at
                .after(delay + delay * policy.jitter_percent() / 100)
                .max(outcome.not_before.unwrap_or_default());
            assert!(
                made >= policy.attempts_max() || latest > window_end(past, policy),
                "no loss: given up after {made} of {} attempts, within the window",
                policy.attempts_max()
            );
            Kind::Exhausted
        }
    }
}

fn window_end(past: &Past, policy: &RetryPolicy) -> Timestamp {
    past.since.after(Duration::from_millis(policy.window_ms()))
}
