//! What is the case, as of the ledger's head: the measure of everything that the engine does.
//!
//! Who wants an event is asked of the subscriptions one by one, without the router that engine and view share.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::delivery::{Delivery, Event, Origin, Progress, State};
use domain::event::Published;
use domain::subscription::{self, Live, Subscription};
use domain::{
    DeliveryId, EventId, EventType, Fact, Position, Sequence, SubscriptionId, TenantId, Timestamp, Versioned,
};
use hookledger_delivery::core::Job;

use super::ledger::Entry;

/// The subscriptions as of some position.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    all: BTreeMap<SubscriptionId, Owned>,
    alive: usize,
}

/// A subscription that was created, deleted or not.
#[derive(Debug)]
pub(crate) struct Owned {
    pub(crate) tenant: TenantId,
    pub(crate) subscription: Versioned<Subscription>,
}

impl Subscriptions {
    /// Folds a record of a subscription.
    pub(crate) fn fold(&mut self, tenant: TenantId, id: SubscriptionId, event: &subscription::Event) {
        let new = || Owned { tenant, subscription: Versioned::default() };
        self.all.entry(id).or_insert_with(new).subscription.apply(event);
        match event {
            subscription::Event::Created { .. } => self.alive += 1,
            subscription::Event::Deleted => self.alive -= 1,
            _ => {}
        }
    }

    /// The subscription with this id, if it was created.
    pub(crate) fn get(&self, id: SubscriptionId) -> Option<&Owned> {
        self.all.get(&id)
    }

    /// The subscription with this id, if it exists.
    pub(crate) fn live(&self, id: SubscriptionId) -> Option<&Live> {
        self.all.get(&id)?.subscription.state.live()
    }

    /// Those that exist.
    pub(crate) fn alive(&self) -> impl Iterator<Item = (SubscriptionId, TenantId, &Live)> {
        self.all.iter().filter_map(|(id, owned)| Some((*id, owned.tenant, owned.subscription.state.live()?)))
    }

    /// How many exist.
    pub(crate) const fn count(&self) -> usize {
        self.alive
    }

    fn wanting(&self, tenant: TenantId, event: &Published) -> Vec<SubscriptionId> {
        let seen = event.as_published();
        let parsed = event.seen_by_filters(&seen);
        let wants = |live: &Live| {
            live.takes_events()
                && live.settings.event_types.accept(&event.event_type)
                && live.settings.filter.as_ref().is_none_or(|filter| filter.matches(&parsed))
        };
        self.alive().filter(|(_, owner, live)| *owner == tenant && wants(live)).map(|(id, ..)| id).collect()
    }
}

/// What is known of a delivery.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) tenant: TenantId,
    pub(crate) subscription: SubscriptionId,
    pub(crate) event: EventId,
    pub(crate) event_position: Position,
    pub(crate) event_type: EventType,
    pub(crate) accepted_at: Timestamp,
    /// After its event, and after each record of its stream: where that stands, and what the delivery was.
    pub(crate) history: Vec<Past>,
}

/// What a delivery was at some time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Past {
    pub(crate) position: Position,
    pub(crate) progress: Progress,
    /// Attempts since it was scheduled or last asked for, counted here and not by the domain.
    pub(crate) made: u32,
    /// Since when those count.
    pub(crate) since: Timestamp,
}

impl Known {
    /// What it is now.
    pub(crate) fn now(&self) -> &Past {
        self.history.last().expect("a delivery begins with its event")
    }

    /// How many records it has.
    pub(crate) fn sequence(&self) -> Sequence {
        Sequence(self.history.len() as u64 - 1)
    }

    /// What it was when it had so many records.
    pub(crate) fn at(&self, sequence: Sequence) -> Option<&Past> {
        self.history.get(usize::try_from(sequence.0).ok()?)
    }

    /// What it was after each record behind so many.
    pub(crate) fn since(&self, sequence: Sequence) -> impl Iterator<Item = &Past> {
        self.history.iter().skip(usize::try_from(sequence.0).expect("a stream is short") + 1)
    }

    /// Whether an attempt is planned.
    pub(crate) fn waits(&self) -> bool {
        matches!(self.now().progress.state, State::Waiting { .. })
    }

    /// What it delivers, and to whom.
    pub(crate) fn origin(&self) -> Origin {
        Origin {
            event: self.event,
            event_position: self.event_position,
            event_type: self.event_type.clone(),
            subscription: self.subscription,
        }
    }

    /// It as the domain decides about it.
    pub(crate) fn aggregate(&self) -> Delivery {
        Delivery::Scheduled { origin: self.origin(), progress: self.now().progress }
    }

    /// It as the engine holds it.
    pub(crate) fn job(&self, delivery: DeliveryId) -> Job {
        Job {
            delivery,
            event: self.event,
            event_position: self.event_position,
            sequence: self.sequence(),
            progress: self.now().progress,
        }
    }
}

/// What is the case.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    pub(crate) subscriptions: Subscriptions,
    pub(crate) deliveries: HashMap<DeliveryId, Known>,
    /// In the order in which they came to be.
    pub(crate) born: Vec<DeliveryId>,
    /// Those of existing subscriptions for which an attempt is planned.
    pub(crate) waiting: BTreeSet<DeliveryId>,
    /// Those that became dead letters; they may live again since.
    pub(crate) died: Vec<DeliveryId>,
}

impl Truth {
    /// Takes a record that was appended.
    pub(crate) fn fold(&mut self, entry: &Entry) {
        match &*entry.fact {
            Fact::Subscription(event) => {
                let id = SubscriptionId::from_uuid(entry.stream);
                self.subscriptions.fold(entry.tenant, id, event);
                if matches!(event, subscription::Event::Deleted) {
                    let deliveries = &self.deliveries;
                    self.waiting.retain(|delivery| deliveries[delivery].subscription != id);
                }
            }
            Fact::Event(domain::event::Event::Published(published)) => {
                for subscription in self.subscriptions.wanting(entry.tenant, published) {
                    self.is_born(entry, published, subscription);
                }
            }
            Fact::Delivery(event) => self.fold_delivery(entry, DeliveryId::from_uuid(entry.stream), event),
            _ => {}
        }
    }

    fn is_born(&mut self, entry: &Entry, published: &Published, subscription: SubscriptionId) {
        let event = EventId::from_uuid(entry.stream);
        let at = published.accepted_at;
        let delivery = DeliveryId::of(event, at, subscription);
        let past = Past { position: entry.position, progress: Progress::new(at), made: 0, since: at };
        let known = Known {
            tenant: entry.tenant,
            subscription,
            event,
            event_position: entry.position,
            event_type: published.event_type.clone(),
            accepted_at: at,
            history: vec![past],
        };
        assert!(self.deliveries.insert(delivery, known).is_none(), "two deliveries have the same id");
        self.born.push(delivery);
        self.waiting.insert(delivery);
    }

    fn fold_delivery(&mut self, entry: &Entry, delivery: DeliveryId, event: &Event) {
        let known = self.deliveries.get_mut(&delivery).unwrap_or_else(|| {
            panic!("phantom: something was recorded of {delivery}, which no event led to")
        });
        let mut past = *known.now();
        past.position = entry.position;
        past.progress = past.progress.evolve(event);
        match event {
            Event::DeliveredAtOnce { attempt, .. }
            | Event::AttemptSucceeded { attempt }
            | Event::AttemptFailed { attempt, .. } => {
                past.made += 1;
                assert_eq!(
                    attempt.number,
                    known.now().progress.attempts + 1,
                    "attempt truth: the numbers of the attempts of {delivery} do not count up"
                );
            }
            Event::AttemptInterrupted { attempt } => assert_eq!(
                attempt.number,
                known.now().progress.attempts + 1,
                "attempt truth: the numbers of the attempts of {delivery} do not count up"
            ),
            Event::RetryRequested { at, .. } => (past.made, past.since) = (0, *at),
            Event::DeadLettered { .. } => self.died.push(delivery),
            Event::Scheduled { .. } | Event::Cancelled { .. } => {}
        }
        known.history.push(past);
        assert_eq!(known.sequence(), entry.sequence, "the model lost a record of {delivery}");
        if known.waits() && self.subscriptions.live(known.subscription).is_some() {
            self.waiting.insert(delivery);
        } else {
            self.waiting.remove(&delivery);
        }
    }
}
