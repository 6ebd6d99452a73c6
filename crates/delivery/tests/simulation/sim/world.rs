//! The world that an engine lives in, made up from a seed: one step after the other, each a small thing that happens.

use std::time::Duration;

use domain::subscription::{self, Subscription};
use domain::{Decider, EventId, Fact, Sequence, SubscriptionId, TenantId, Timestamp, Versioned, delivery};
use hookledger_delivery::Underway;
use hookledger_delivery::core::{Core, LaneSet, Start};
use uuid::Uuid;

use super::chance::Chance;
use super::lanes::Cluster;
use super::ledger::{Batch, Ledger, Verdict};
use super::life::{Fate, Life, RequestId};
use super::people::People;
use super::profile::Profile;
use super::trail::{About, Kind, Trail};
use super::truth::{Subscriptions, Truth};
use super::view::View;

/// Ids of events begin here, so that they are not those of subscriptions.
const EVENT_IDS: u128 = 1 << 100;
/// How many events a burst has at most.
const BURST_MAX: u64 = 12;
/// Keeps what is chosen of nodes apart from everything else.
const NODES: u64 = 0x6e6f_6465_735f_6f66;

/// Everything there is.
pub(crate) struct World {
    pub(crate) step: u64,
    pub(crate) now: Timestamp,
    pub(crate) chance: Chance,
    pub(crate) profile: Profile,
    pub(crate) ledger: Ledger,
    pub(crate) truth: Truth,
    pub(crate) view: View,
    pub(crate) life: Life,
    pub(crate) requests: Vec<Fate>,
    /// What the engine noted before requests went out, in all lives since it was emptied.
    pub(crate) journal: Vec<(RequestId, Underway)>,
    /// How many of them were accounted for in earlier drains.
    pub(crate) judged: usize,
    pub(crate) trail: Trail,
    /// Which node `life` and `journal` are of.
    pub(crate) here: usize,
    /// Those of the others, by number; the place of this one is empty.
    pub(crate) elsewhere: Vec<(Life, Vec<(RequestId, Underway)>)>,
    pub(crate) cluster: Cluster,
    people: People,
    created: u128,
    events: u128,
}

impl World {
    /// The world of this seed, in which nothing has happened.
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let profile = Profile::new(&mut chance).with_nodes(Chance::new(seed ^ NODES));
        let life = life_of_nothing(&profile);
        let elsewhere = (0..profile.nodes).map(|_| (life_of_nothing(&profile), Vec::new())).collect();
        Self {
            step: 0,
            now: Timestamp::from_seconds(1_790_000_000),
            chance,
            profile,
            ledger: Ledger::default(),
            truth: Truth::default(),
            view: View::default(),
            life,
            requests: Vec::new(),
            journal: Vec::new(),
            judged: 0,
            trail: Trail::default(),
            here: 0,
            elsewhere,
            cluster: Cluster::default(),
            people: People::new(),
            created: 0,
            events: 0,
        }
    }

    /// Lets one thing happen, and checks what must hold afterwards.
    pub(crate) fn step(&mut self) {
        self.step += 1;
        if self.is_shared() {
            let node = self.chance.index(self.profile.nodes);
            self.switch(node);
        }
        let kind = self.pick();
        self.happen(kind);
        // The shell asks for actions after each thing that happens; several may come between.
        if !self.chance.one_in(8) {
            self.dispatch();
        }
        self.is_within_bounds();
    }

    pub(crate) fn note(&mut self, kind: Kind, about: impl Into<About>) {
        self.trail.note(self.step, self.now, kind, about);
    }

    /// Something that can happen now, by the weights of this world.
    fn pick(&mut self) -> Kind {
        let steps = self.profile.steps;
        let possible = steps.map(|(kind, weight)| if self.can(kind) { weight } else { 0 });
        let mut left = self.chance.below(possible.iter().sum());
        for (weight, (kind, _)) in possible.into_iter().zip(steps) {
            if left < weight {
                return kind;
            }
            left -= weight;
        }
        unreachable!("what is left is less than the sum of the weights")
    }

    fn can(&self, kind: Kind) -> bool {
        let subscriptions = self.truth.subscriptions.count();
        match kind {
            Kind::Published | Kind::Burst => self.truth.waiting.len() < self.profile.waiting_max,
            Kind::Created => subscriptions < self.profile.subscriptions_max,
            Kind::Paused
            | Kind::Resumed
            | Kind::Disabled
            | Kind::Activated
            | Kind::Rotated
            | Kind::EndpointChanged
            | Kind::TypesChanged
            | Kind::FilterChanged
            | Kind::PolicyChanged
            | Kind::LimitsChanged
            | Kind::Deleted => subscriptions > 0,
            Kind::Redriven => !self.truth.died.is_empty(),
            Kind::RetriedEarly | Kind::Cancelled => !self.truth.born.is_empty(),
            _ => self.engine_can(kind),
        }
    }

    fn happen(&mut self, kind: Kind) {
        match kind {
            Kind::Published => self.publish(),
            Kind::Burst => {
                self.note(Kind::Burst, 0);
                for _ in 0..self.chance.between(2, BURST_MAX) {
                    self.publish();
                }
            }
            Kind::Created => self.create(),
            Kind::Paused
            | Kind::Resumed
            | Kind::Disabled
            | Kind::Activated
            | Kind::Rotated
            | Kind::EndpointChanged
            | Kind::TypesChanged
            | Kind::FilterChanged
            | Kind::PolicyChanged
            | Kind::LimitsChanged
            | Kind::Deleted => self.change(kind),
            Kind::Redriven => self.redrive(),
            Kind::RetriedEarly => {
                let delivery = self.young();
                self.retry(delivery, kind);
            }
            Kind::Cancelled => self.cancel(),
            Kind::TimePassed => {
                let most = self.chance.pick(&[1_000, 20_000, 20_000, 300_000, 2_000_000, 60_000_000]);
                let passed = self.chance.below(most);
                self.now = self.now.after(Duration::from_micros(passed));
                self.note(kind, passed);
            }
            Kind::ClockForward => {
                let jump = self.chance.pick(&[1, 30, 3_600, 100_000]);
                self.now = self.now.after(Duration::from_secs(jump));
                self.note(kind, jump);
            }
            Kind::ClockBack => self.set_clock_back(),
            _ => self.engine_happens(kind),
        }
    }

    /// Appends a batch, and takes note of what it says.
    pub(crate) fn append(&mut self, batch: &Batch) -> Verdict {
        let before = self.ledger.head();
        let verdict = self.ledger.append(batch);
        for entry in self.ledger.after(before) {
            self.truth.fold(entry);
            let (attempt, before, after) = match &*entry.fact {
                Fact::Delivery(
                    delivery::Event::DeliveredAtOnce { attempt, .. }
                    | delivery::Event::AttemptSucceeded { attempt }
                    | delivery::Event::AttemptFailed { attempt, .. },
                ) => (attempt, Fate::UnderWay, Fate::Recorded),
                Fact::Delivery(delivery::Event::AttemptInterrupted { attempt }) => {
                    (attempt, Fate::Lost, Fate::Interrupted)
                }
                _ => continue,
            };
            let request: usize = attempt.body_sha256.parse().expect("attempts name their request");
            let fate = &mut self.requests[request];
            assert_eq!(*fate, before, "attempt truth: request {request} is recorded twice");
            *fate = after;
        }
        verdict
    }

    /// Appends behind what a stream has now, which nobody can forestall.
    pub(crate) fn record(&mut self, tenant: TenantId, stream: Uuid, expected: Sequence, facts: Vec<Fact>) {
        let batch = Batch { id: self.ledger.name_batch(), tenant, stream, expected, facts };
        assert!(matches!(self.append(&batch), Verdict::Appended(_)), "the model ledger refused people");
    }

    fn tenant(&mut self) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(1 + u128::from(self.chance.below(self.profile.tenants))))
    }

    pub(crate) fn publish(&mut self) {
        let tenant = self.tenant();
        self.publish_for(tenant);
    }

    /// Publishes an event of this tenant.
    pub(crate) fn publish_for(&mut self, tenant: TenantId) {
        self.events += 1;
        let id = EventId::from_uuid(Uuid::from_u128(EVENT_IDS + self.events));
        let event = self.people.event(&mut self.chance, self.now);
        let fact = Fact::Event(domain::event::Event::Published(Box::new(event)));
        self.record(tenant, id.uuid(), Sequence::NONE, vec![fact]);
        self.note(Kind::Published, self.ledger.head().0);
    }

    fn create(&mut self) {
        self.created += 1;
        let (tenant, id) = (self.tenant(), SubscriptionId::from_uuid(Uuid::from_u128(self.created)));
        let command = self.people.create(&mut self.chance);
        let events = Subscription::Unborn.decide(command).expect("anybody may create");
        self.record(tenant, id.uuid(), Sequence::NONE, events.into_iter().map(Fact::from).collect());
        self.note(Kind::Created, (id, self.ledger.head().0));
    }

    fn change(&mut self, kind: Kind) {
        let nth = self.chance.index(self.truth.subscriptions.count());
        let (id, ..) = self.truth.subscriptions.alive().nth(nth).expect("it is one of them");
        let command = self.people.change(kind, &mut self.chance, self.now);
        self.ask(id, command, kind);
    }

    /// Asks something of a subscription; what is refused or changes nothing did not happen. Says whether it did.
    pub(crate) fn ask(&mut self, id: SubscriptionId, command: subscription::Command, kind: Kind) -> bool {
        let owned = self.truth.subscriptions.get(id).expect("it was created");
        let (tenant, Versioned { state, version }) = (owned.tenant, &owned.subscription);
        let (decided, version) = (state.decide(command), *version);
        let Some(events) = decided.ok().filter(|events| !events.is_empty()) else { return false };
        self.record(tenant, id.uuid(), version, events.into_iter().map(Fact::from).collect());
        self.note(kind, (id, self.ledger.head().0));
        true
    }

    fn set_clock_back(&mut self) {
        let jump = self.chance.pick(&[1_000_000, 30_000_000, 3_600_000_000]);
        let before = self.now;
        self.now = Timestamp::from_micros(before.as_micros() - jump);
        self.cluster.starts.clear();
        self.everywhere(|world| world.look_back(before, jump));
        self.note(Kind::ClockBack, jump.unsigned_abs());
    }

    /// What a node does when the clock was set back.
    fn look_back(&mut self, before: Timestamp, jump: i64) {
        self.life.set_back = true;
        for flight in &mut self.life.flights {
            flight.under_way_since = Timestamp::from_micros(flight.under_way_since.as_micros() - jump);
        }
        for watched in self.life.watched.values_mut() {
            watched.starts.clear();
            watched.ramp_since = None;
            if watched.blocked_until <= before {
                // It was over, and may have been forgotten.
                watched.blocked_until = Timestamp::default();
            } else {
                watched.blocked_until = Timestamp::from_micros(watched.blocked_until.as_micros() - jump);
            }
            if let Some(open) = &mut watched.open {
                open.since = Timestamp::from_micros(open.since.as_micros() - jump);
            }
        }
        self.life.core.set_back(Duration::from_micros(jump.unsigned_abs()));
    }
}

fn life_of_nothing(profile: &Profile) -> Life {
    let (bounds, health) = (profile.bounds, profile.health);
    let lanes = if profile.nodes > 1 { LaneSet::NONE } else { LaneSet::ALL };
    let core = Core::new(bounds, health, Start { lanes, ..Start::default() });
    Life::new(core, bounds, Subscriptions::default())
}
