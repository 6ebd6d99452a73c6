//! What became of attempts, and what is recorded of it.

use std::sync::Arc;

use domain::delivery::{self, DeadLetterReason, Origin};
use domain::subscription;
use domain::{DeliveryId, Position, Sequence, SubscriptionId, TenantId};

use super::health::Sign;
use super::queue::{Flight, Settling};
use super::slots::Class;
use super::{Action, Core, Job, Report};

/// How long 429 and 503 hold a subscription back if the receiver does not say.
const SLOW_DOWN: std::time::Duration = std::time::Duration::from_secs(1);

impl Core {
    /// Takes what became of a request, and decides what is recorded of it.
    pub fn completed(
        &mut self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
        report: Report,
        out: &mut Vec<Action>,
    ) {
        let Some(queue) = self.queues.get_mut(&subscription) else { return };
        let Some(Flight { job, started }) = queue.in_flight.remove(&delivery) else { return };
        self.slots.ended(self.standings.get(&subscription).map_or(Class::New, |standing| standing.class));
        // How the endpoint fares is the business of whoever has its lane.
        if self.is_ours(subscription) {
            self.classify(subscription, Class::of(started, report.made.at));
            self.slow_down(subscription, &report);
            self.judge(subscription, delivery, &report, out);
        }
        self.settle(subscription, job, report, out);
        if self.live(subscription).is_none() {
            self.forget(subscription);
        }
        self.turn(subscription);
    }

    /// Takes that what was to be noted of a subscription is recorded, or could not be.
    pub fn noted(&mut self, subscription: SubscriptionId) {
        if let Some(standing) = self.standings.get_mut(&subscription) {
            standing.noting = false;
        }
    }

    /// Takes that the outcome of an attempt is in the ledger; the last of its records stands at `position`.
    pub fn appended(
        &mut self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
        position: Position,
        out: &mut Vec<Action>,
    ) {
        self.appended = self.appended.max(position);
        let room = self.room(subscription);
        let waits_here = self.live(subscription).is_some() && self.is_ours(subscription);
        let Some(queue) = self.queues.get_mut(&subscription) else { return };
        let Some(Settling { mut job, events, later, .. }) = queue.settling.remove(&delivery) else { return };
        self.settling -= 1;
        for event in &events {
            job.progress = job.progress.evolve(event);
            job.sequence = job.sequence.next();
        }
        for (sequence, event) in &later {
            job.progress = job.progress.evolve(event);
            job.sequence = *sequence;
        }
        queue.window.note_change(delivery, position);
        if waits_here {
            self.held -= queue.window.len();
            queue.window.push_retry(job, room);
            self.held += queue.window.len();
        }
        if matches!(
            events.last(),
            Some(delivery::Event::DeadLettered { reason: DeadLetterReason::EndpointGone })
        ) {
            // Whatever else is being noted: no other answer would ask for this again.
            let command =
                subscription::Command::Disable { reason: subscription::DisableReason::EndpointGone };
            out.push(Action::Note { tenant: queue.tenant, subscription, command });
        }
        self.turn(subscription);
        self.let_rest(subscription);
    }

    /// Takes that somebody else recorded something of the delivery first: `found` is what it is now.
    pub fn conflicted(
        &mut self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
        found: Job,
        out: &mut Vec<Action>,
    ) {
        let Some(queue) = self.queues.get_mut(&subscription) else { return };
        let Some(Settling { report, .. }) = queue.settling.remove(&delivery) else { return };
        self.settling -= 1;
        self.settle(subscription, found, report, out);
    }

    /// Takes that it will not be known what became of an outcome: the ledger is closing.
    pub fn abandoned(&mut self, subscription: SubscriptionId, delivery: DeliveryId) {
        let Some(queue) = self.queues.get_mut(&subscription) else { return };
        if queue.settling.remove(&delivery).is_some() {
            self.settling -= 1;
            self.let_rest(subscription);
        }
    }

    /// Learns from an outcome how the endpoint fares.
    fn judge(
        &mut self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
        report: &Report,
        out: &mut Vec<Action>,
    ) {
        let (at, chance) = (report.made.at, report.made.chance);
        let sign = match report.made.attempt.answer.status() {
            Some(200..=299) => Sign::Success,
            Some(429) => Sign::Busy,
            // The endpoint was not asked anything: no failure of its, and a probe that has still to be made.
            None if report.made.attempt.answer.is_not_castable() => Sign::Busy,
            _ => Sign::Failure,
        };
        let standing = self.standings.entry(subscription).or_default();
        let was_open = standing.endpoint.is_open();
        standing.endpoint.ended(&self.health, delivery, sign, at, chance);
        self.breakers_open += usize::from(standing.endpoint.is_open());
        self.breakers_open -= usize::from(was_open);
        let Some(entry) = self.router.get(subscription) else { return };
        let Some(live) = entry.live().filter(|live| live.delivers()) else { return };
        if let Some(command) = standing.endpoint.verdict(&self.health, live.health, sign, at) {
            self.note(entry.tenant, subscription, command, out);
        }
    }

    /// Asks for something to be recorded of a subscription, one thing at a time.
    fn note(
        &mut self,
        tenant: TenantId,
        subscription: SubscriptionId,
        command: subscription::Command,
        out: &mut Vec<Action>,
    ) {
        let standing = self.standings.entry(subscription).or_default();
        if !std::mem::replace(&mut standing.noting, true) {
            out.push(Action::Note { tenant, subscription, command });
        }
    }

    /// 429 and 503 slow the whole subscription down.
    fn slow_down(&mut self, subscription: SubscriptionId, report: &Report) {
        if !matches!(report.made.attempt.answer.status(), Some(429 | 503)) {
            return;
        }
        if let Some(queue) = self.queues.get_mut(&subscription) {
            let until = report.made.not_before.unwrap_or_else(|| report.made.at.after(SLOW_DOWN));
            queue.blocked_until = queue.blocked_until.max(until);
        }
    }

    /// Decides what is recorded of an attempt, and asks for it to be appended.
    fn settle(&mut self, subscription: SubscriptionId, job: Job, mut report: Report, out: &mut Vec<Action>) {
        let policy =
            self.router.get(subscription).and_then(|entry| entry.live()).map(|live| &live.settings.retry);
        Arc::make_mut(&mut report.made.attempt).number = job.progress.attempts.saturating_add(1);
        let mut events = job.progress.record_attempt(report.made.clone(), policy);
        if job.sequence == Sequence::NONE {
            let origin = Origin {
                event: job.event,
                event_position: job.event_position,
                event_type: report.event_type.clone(),
                subscription,
            };
            events = delivery::Event::first(origin, job.progress.budget.since, events);
        }
        let Some(queue) = self.queues.get_mut(&subscription) else { return };
        out.push(Action::Append {
            tenant: queue.tenant,
            subscription,
            delivery: job.delivery,
            expected: job.sequence,
            events: events.clone(),
        });
        queue.settling.insert(job.delivery, Settling { job, events, report, later: Vec::new() });
        self.settling += 1;
    }
}
