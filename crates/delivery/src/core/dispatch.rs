//! What may start now: whose turn it is, and what holds an attempt back.

use std::time::Duration;

use domain::{SubscriptionId, Timestamp};

use super::health::{Gate, earlier};
use super::queue::{Flight, Queue};
use super::slots::Class;
use super::{Action, Core, Page, QueueId};

impl Core {
    /// Takes a page that `asked` asked for; `None` if it could not be read.
    pub fn loaded(&mut self, subscription: SubscriptionId, asked: QueueId, page: Option<Page>) {
        let (folded, most) = (self.folded, self.most(subscription));
        let Some(queue) = self.queues.get_mut(&subscription).filter(|queue| queue.id == asked) else {
            return;
        };
        self.held -= queue.window.len();
        let Queue { window, in_flight, settling, .. } = queue;
        match page {
            Some(page) => {
                window.loaded(page, folded, |delivery| {
                    in_flight.contains_key(&delivery) || settling.contains_key(&delivery)
                });
            }
            None => window.load_failed(),
        }
        window.shrink_to(most);
        self.held += queue.window.len();
        self.turn(subscription);
    }

    /// What is to be done at `now`: attempts that may start, in turn, and pages that are wanted. Nothing before the tail of
    /// earlier lives is folded.
    pub fn dispatch(&mut self, now: Timestamp, out: &mut Vec<Action>) {
        if self.is_catching_up() {
            return;
        }
        self.ask_about_arrivals(out);
        while let Some(&(at, subscription)) = self.alarms.first().filter(|(at, _)| *at <= now) {
            self.alarms.remove(&(at, subscription));
            self.turn(subscription);
        }
        while let Some(watched) = self.slots.long_under_way(now) {
            let flight = self
                .queues
                .get(&watched.subscription)
                .and_then(|queue| queue.in_flight.get(&watched.delivery));
            if flight.is_some_and(|flight| flight.started == watched.started) {
                self.classify(watched.subscription, Class::Slow);
            }
        }
        while self.settling < self.bounds.settling_max {
            let Some((class, subscription)) = self.slots.next() else { break };
            if class != self.class(subscription) || self.step(subscription, now, out) {
                self.turn(subscription);
            } else if self.queues.get(&subscription).is_some_and(|queue| queue.is_idle(now)) {
                self.queues.remove(&subscription);
            }
        }
    }

    /// Starts one attempt of a subscription if one may start. Says whether another may.
    fn step(&mut self, subscription: SubscriptionId, now: Timestamp, out: &mut Vec<Action>) -> bool {
        let Some(live) = self.router.get(subscription).and_then(|entry| entry.live()) else { return false };
        if !live.delivers() || !self.is_ours(subscription) {
            return false;
        }
        let (limits, spacing) = (live.settings.limits, live.spacing());
        let most = self.most(subscription);
        let Some(queue) = self.queues.get_mut(&subscription) else { return false };
        let room = most.saturating_sub(queue.window.len());
        if let Some(wanted) = queue.window.want(now, most.div_ceil(2), room) {
            let (queue, limit) = (queue.id, room.max(1));
            let at_least = self.folded.max(self.appended);
            out.push(Action::Load { subscription, queue, wanted, limit, at_least });
        }
        let standing = self.standings.entry(subscription).or_default();
        let gate = standing.endpoint.gate(now);
        let concurrency = match (standing.class, gate) {
            (Class::New, _) | (_, Gate::Probe) => 1,
            _ => limits.concurrency() as usize,
        };
        if queue.in_flight.len() >= concurrency || gate == Gate::Probing {
            // The next outcome gives another turn.
            return false;
        }
        let closed_until = if let Gate::Until(until) = gate { until } else { Timestamp::default() };
        let blocked_until = queue.blocked_until.max(closed_until);
        if blocked_until > now {
            self.alarms.insert((blocked_until, subscription));
            return false;
        }
        let spacing = match gate {
            Gate::Ramp(ramp) => spacing.max(Some(Duration::from_secs(1) / ramp.max(1))),
            _ => spacing,
        };
        if !queue.window.is_ready(now) {
            if let Some(due_at) = queue.window.next_due().filter(|due_at| *due_at > now) {
                self.alarms.insert((due_at, subscription));
            }
            return false;
        }
        if let Err(at) = queue.pace.start(now, spacing) {
            self.alarms.insert((at, subscription));
            return false;
        }
        let job = queue.window.pop(now).expect("the window is ready");
        queue.in_flight.insert(job.delivery, Flight { job, started: now });
        standing.endpoint.started(job.delivery);
        self.slots.started(standing.class, subscription, job.delivery, now);
        self.held -= 1;
        out.push(Action::Send { subscription, job });
        true
    }

    /// Takes that the clock was set back. What endpoints asked for, and what breakers wait for, lasts as long as it would have,
    /// and not for the length of the jump in addition. What the ledger plans, such as retries, stays where it was planned.
    pub fn set_back(&mut self, by: Duration) {
        for queue in self.queues.values_mut() {
            queue.blocked_until = earlier(queue.blocked_until, by);
        }
        for standing in self.standings.values_mut() {
            standing.endpoint.set_back(by);
        }
        // Whoever waits for an alarm is asked again what for.
        for (_, subscription) in std::mem::take(&mut self.alarms) {
            self.turn(subscription);
        }
    }

    pub(super) fn turn(&mut self, subscription: SubscriptionId) {
        if let Some(queue) = self.queues.get(&subscription) {
            self.slots.add(self.class(subscription), queue.tenant, subscription);
        }
    }

    pub(super) fn class(&self, subscription: SubscriptionId) -> Class {
        self.standings.get(&subscription).map_or(Class::New, |standing| standing.class)
    }

    pub(super) fn classify(&mut self, subscription: SubscriptionId, class: Class) {
        let under_way = self.queues.get(&subscription).map_or(0, |queue| queue.in_flight.len());
        let standing = self.standings.entry(subscription).or_default();
        self.slots.reclassify(under_way, standing.class, class);
        standing.class = class;
    }

    /// Starts over with what is known of an endpoint: it is another one, or its owner says that it is mended.
    pub(super) fn forget(&mut self, subscription: SubscriptionId) {
        self.classify(subscription, Class::New);
        if self.standings.remove(&subscription).is_some_and(|standing| standing.endpoint.is_open()) {
            self.breakers_open -= 1;
        }
    }
}
