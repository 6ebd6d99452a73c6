//! How lives of the engine end and begin: a crash loses what was under way, and nothing else; a drain ends with
//! nothing left to do.

use std::sync::Arc;

use domain::delivery::{self, Answer};
use domain::routing::Router;
use domain::subscription::{Command, Status};
use domain::{Decider, Fact, Position, Sequence, SubscriptionId, Timestamp};
use hookledger_delivery::core::{Core, LaneSet, Load, Start};

use super::engine::{batch, is_queued};
use super::ledger::Verdict;
use super::life::{Append, Fate, Life};
use super::profile::Profile;
use super::trail::Kind;
use super::truth::Subscriptions;
use super::world::World;

/// How many rounds a drain may take: each sends something, or goes on to the next alarm.
const DRAIN_ROUNDS_MAX: u32 = 5_000;

impl World {
    /// The engine dies, or stops in an orderly way before everything under way has ended; and starts again.
    pub(crate) fn crash(&mut self, stopped: bool) {
        self.note(if stopped { Kind::Stopped } else { Kind::Crashed }, self.ledger.head().0);
        self.expire();
        if self.life.core.is_catching_up() {
            self.note(Kind::CrashedCatchingUp, self.life.core.folded().0);
        }
        for pending in std::mem::take(&mut self.life.appends) {
            let committed = match pending.state {
                Append::Committed(_) => true,
                // It was on its way to the disk.
                Append::Queued if self.chance.one_in(2) => {
                    !matches!(self.append(&batch(&pending)), Verdict::Conflict)
                }
                Append::Queued | Append::Conflicted(_) => false,
            };
            let (subscription, delivery) = (pending.subscription, pending.delivery);
            let kind = if committed { Kind::CrashedCommitted } else { Kind::CrashedUncommitted };
            self.note(kind, (subscription, delivery, 0));
            let fate = &mut self.requests[self.life.outcomes[&delivery].request];
            // One that was asked for again may have been committed long ago.
            if !committed && *fate == Fate::UnderWay {
                *fate = Fate::Lost;
            }
            if stopped {
                self.life.core.abandoned(subscription, delivery);
            }
        }
        if stopped {
            assert_eq!(self.life.core.load().settling, 0, "abandoned outcomes are still counted");
        }
        for flight in std::mem::take(&mut self.life.flights) {
            self.requests[flight.request] = Fate::Lost;
            self.note(Kind::CrashedInFlight, (flight.subscription, flight.delivery, 0));
        }
        while !self.recover() {
            self.note(Kind::CrashedRecovering, self.journal.len() as u64);
        }
        self.start();
    }

    /// What the journal has and the ledger has not is recorded; or the engine dies before it is done.
    fn recover(&mut self) -> bool {
        let dies_before = self.chance.one_in(4).then(|| self.chance.index(self.journal.len() + 1));
        for (place, (request, noted)) in self.journal.clone().into_iter().enumerate() {
            if dies_before == Some(place) {
                return false;
            }
            let known = &self.truth.deliveries[&noted.delivery];
            let (tenant, sequence, origin, at) =
                (known.tenant, known.sequence(), known.origin(), known.accepted_at);
            let mut attempt = noted.interrupted();
            attempt.body_sha256 = request.to_string();
            // The ledger tells by when an attempt started whether it is this one.
            if self.requests[request] != Fate::Lost {
                continue;
            }
            attempt.number = u32::MAX;
            let command = delivery::Command::RecordInterrupted { attempt: Arc::new(attempt) };
            let mut events = known.aggregate().decide(command).expect("a request happened");
            if sequence == Sequence::NONE {
                events.insert(0, delivery::Event::Scheduled { origin, at });
            }
            let facts = events.into_iter().map(Fact::from).collect();
            self.record(tenant, noted.delivery.uuid(), sequence, facts);
            self.mark_interrupted(noted.subscription);
            self.note(Kind::Interrupted, (noted.subscription, noted.delivery, sequence.0));
        }
        self.journal.clear();
        true
    }

    /// The engine starts: it reads what waits as of the view, wherever that is, and the subscriptions as of there.
    fn start(&mut self) {
        if self.is_shared() {
            return self.start_beside_others();
        }
        if self.chance.one_in(3) {
            self.fold_view(u64::MAX);
            self.view_is_true();
        }
        let Profile { bounds, health, .. } = self.profile;
        let (as_of, waiting) = (self.view.position(), self.view.snapshot(&bounds));
        if self.chance.one_in(2) {
            // Others go on meanwhile.
            for _ in 0..self.chance.below(4) {
                self.publish();
            }
            let ahead = self.chance.below(4);
            self.fold_view(ahead);
        }
        let head = self.ledger.head();
        let (router, followed) = self.subscriptions(as_of);
        if !waiting.is_empty() {
            self.note(Kind::WaitedAtStart, waiting.len() as u64);
        }
        if waiting.iter().any(|waiting| waiting.more_first || waiting.more_retries) {
            self.note(Kind::MoreAtStart, waiting.len() as u64);
        }
        if as_of < head {
            self.note(Kind::ViewBehindAtStart, head.0 - as_of.0);
        }
        let start = Start { router, as_of, waiting, head, lanes: LaneSet::ALL };
        self.life = Life::new(Core::new(bounds, health, start), bounds, followed);
    }

    /// It has no lanes yet, so that nothing waits for it.
    fn start_beside_others(&mut self) {
        let Profile { bounds, health, .. } = self.profile;
        let head = self.ledger.head();
        let (router, followed) = self.subscriptions(head);
        let start = Start { router, as_of: head, waiting: Vec::new(), head, lanes: LaneSet::NONE };
        self.life = Life::new(Core::new(bounds, health, start), bounds, followed);
    }

    fn subscriptions(&self, upto: Position) -> (Router, Subscriptions) {
        let (mut router, mut followed) = (Router::default(), Subscriptions::default());
        for entry in self.ledger.subscriptions(upto) {
            if let Fact::Subscription(event) = &*entry.fact {
                let id = SubscriptionId::from_uuid(entry.stream);
                router.apply(entry.tenant, id, event);
                followed.fold(entry.tenant, id, event);
            }
        }
        (router, followed)
    }

    /// What the model view has is what waits.
    fn view_is_true(&self) {
        assert_eq!(self.view.position(), self.ledger.head());
        assert_eq!(self.view.len(), self.truth.waiting.len(), "the model's view and its truth differ");
    }

    /// Faults stop, receivers answer, time goes on: everything must come to its end.
    pub(crate) fn drain(&mut self) {
        for _ in 0..DRAIN_ROUNDS_MAX {
            self.wake();
            let mut busy = self.is_shared() && self.assign_lanes();
            let mut alarm: Option<Timestamp> = None;
            self.everywhere(|world| {
                busy |= world.finish_what_is_under_way();
                world.dispatch();
                world.is_within_bounds();
                let Life { flights, loads, held, .. } = &world.life;
                busy |= !flights.is_empty() || !loads.is_empty() || !held.is_quiet();
                alarm = alarm.into_iter().chain(world.life.core.next_alarm()).min();
            });
            if busy {
                continue;
            }
            if self.truth.waiting.is_empty() {
                return self.is_drained();
            }
            let waiting = self.truth.waiting.len();
            let Some(alarm) = alarm else {
                let one = self.truth.waiting.first().map(|delivery| &self.truth.deliveries[delivery]);
                panic!("no loss: {waiting} deliveries wait, and the engine waits for nothing: {one:?}")
            };
            assert!(alarm > self.now, "the engine waits for {alarm}, which is past");
            self.now = alarm;
        }
        panic!(
            "liveness: {} deliveries still wait after {DRAIN_ROUNDS_MAX} rounds",
            self.truth.waiting.len()
        );
    }

    /// Every subscription delivers again.
    fn wake(&mut self) {
        let asleep: Vec<_> = self
            .truth
            .subscriptions
            .alive()
            .filter_map(|(id, _, live)| match live.status {
                Status::Active => None,
                Status::Paused(_) => Some((id, Command::Resume, Kind::Resumed)),
                Status::Disabled(_) => Some((id, Command::Activate, Kind::Activated)),
            })
            .collect();
        for (id, command, kind) in asleep {
            self.ask(id, command, kind);
        }
    }

    /// Says whether anything was under way.
    fn finish_what_is_under_way(&mut self) -> bool {
        let mut busy = self.finish_lanes();
        while !self.life.flights.is_empty() {
            let answer =
                Answer::Response { status: 200, headers: vec![], body: String::new(), truncated: false };
            self.complete(0, answer, None);
            busy = true;
        }
        while !self.life.appends.is_empty() {
            if self.life.appends.iter().all(|pending| !is_queued(pending)) {
                self.settle(0);
            } else {
                (0..self.life.appends.len()).for_each(|place| self.commit(place));
            }
            busy = true;
        }
        while !self.life.notes.is_empty() {
            self.carry_out(0);
            busy = true;
        }
        if self.view.position() < self.ledger.head() {
            self.fold_view(u64::MAX);
        }
        while !self.life.loads.is_empty() {
            if self.life.loads[0].read.is_none() {
                self.read(0);
            }
            self.tell_page(0);
            busy = true;
        }
        if self.life.core.folded() < self.ledger.head() {
            self.follow(u64::MAX);
            busy = true;
        }
        busy
    }

    /// Nothing is left, and every request is accounted for.
    fn is_drained(&mut self) {
        self.note(Kind::Drained, 0);
        self.everywhere(|world| {
            let Load { held, in_flight, settling, .. } = world.life.core.load();
            assert_eq!((held, in_flight, settling), (0, 0, 0), "the engine holds on to what has ended");
        });
        let unknown = self.requests[self.judged..].iter().filter(|fate| **fate == Fate::UnderWay).count();
        assert_eq!(unknown, 0, "attempt truth: requests have no record");
        let lost = self.requests[self.judged..].iter().filter(|fate| **fate == Fate::Lost).count();
        assert_eq!(lost, 0, "attempt truth: interrupted requests have no record");
        self.judged = self.requests.len();
    }
}
