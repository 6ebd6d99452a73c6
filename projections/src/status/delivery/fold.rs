//! The fold of deliveries: what a page touches is read at once and kept in memory for the length of the page, then what
//! changed is written at once.

use domain::delivery::{Answer, Attempt, Event, Origin, Progress, State};
use domain::event::Published;
use domain::policy::Budget;
use domain::{DeliveryId, EventId, Fact, Sequence, SubscriptionId, Timestamp};
use hashbrown::{HashMap, HashSet};
use ledger::Record;

use super::row::{Delivery, find, insert, write};
use super::state::DeliveryState;
use crate::runner::{Routed, RoutedPage};
use crate::store::{Tables, WriteError, as_id, values};

/// The deliveries that a page touches.
pub(in crate::status) struct DeliveryFold<'p> {
    page: &'p RoutedPage<'p>,
    tables: Tables<'p>,
    /// As the table has them, unless they are among those that changed.
    stored: HashMap<DeliveryId, Delivery>,
    changed: HashMap<DeliveryId, Changed>,
}

/// A delivery as it will be.
struct Changed {
    delivery: Delivery,
    /// Whether the table has it.
    stored: bool,
}

impl<'p> DeliveryFold<'p> {
    /// Reads what the page changes.
    pub(in crate::status) fn load(page: &'p RoutedPage<'p>, tables: Tables<'p>) -> Result<Self, WriteError> {
        let stored = find(&wanted(page), tables)?.into_iter().map(|found| (found.id, found)).collect();
        Ok(Self { page, tables, stored, changed: HashMap::new() })
    }

    /// An event was published: its deliveries exist from now on.
    pub(in crate::status) fn born(
        &mut self,
        record: &Record,
        event: &Published,
        deliveries: &[(DeliveryId, SubscriptionId)],
    ) {
        for (id, subscription) in deliveries {
            let origin = Origin {
                event: EventId::from_uuid(record.stream.uuid),
                event_position: record.position,
                event_type: event.event_type.clone(),
                subscription: *subscription,
            };
            self.changed.entry(*id).or_insert_with(|| Changed {
                delivery: waiting(*id, record, origin, event.accepted_at),
                stored: false,
            });
        }
    }

    /// Something was recorded of a delivery; says to which subscription it goes, or nothing if the delivery is unknown.
    pub(in crate::status) fn note(&mut self, record: &Record, event: &Event) -> Option<SubscriptionId> {
        let id = DeliveryId::from_uuid(record.stream.uuid);
        let delivery = self.known(id, record, event)?;
        let subscription = delivery.subscription;
        evolve(delivery, event);
        delivery.updated_at = record.recorded_at;
        delivery.version = record.sequence;
        // Nobody would make the attempt: the subscription is gone.
        if delivery.state.is_waiting() && !self.page.is_alive(subscription, record.position) {
            let delivery = self.changed.get_mut(&id).expect("it was just found");
            cancel(&mut delivery.delivery, record.recorded_at);
        }
        Some(subscription)
    }

    /// A subscription was deleted: what waits for it is cancelled.
    pub(in crate::status) fn cancel_all(&mut self, record: &Record) -> Result<(), WriteError> {
        let subscription = SubscriptionId::from_uuid(record.stream.uuid);
        let changed = self.changed.values_mut().map(|changed| &mut changed.delivery);
        for delivery in self.stored.values_mut().chain(changed) {
            if delivery.subscription == subscription && delivery.state.is_waiting() {
                cancel(delivery, record.recorded_at);
            }
        }
        let values = values![record.recorded_at.as_micros(), as_id(subscription.uuid())];
        self.tables.execute(include_str!("cancel_all.sql"), values)?;
        Ok(())
    }

    /// Writes what changed, in the order of the table.
    pub(in crate::status) fn write(self) -> Result<(), WriteError> {
        let (stored, new): (Vec<_>, Vec<_>) = self.changed.into_values().partition(|changed| changed.stored);
        insert(&in_order(new), self.tables)?;
        write(&in_order(stored), self.tables)
    }

    fn known(&mut self, id: DeliveryId, record: &Record, event: &Event) -> Option<&mut Delivery> {
        if !self.changed.contains_key(&id) {
            let found = match (self.stored.remove(&id), event) {
                (Some(delivery), _) => Changed { delivery, stored: true },
                // Routing does not know every delivery that there may ever be; what was scheduled exists.
                (None, Event::Scheduled { origin, at } | Event::DeliveredAtOnce { origin, at, .. }) => {
                    Changed { delivery: waiting(id, record, origin.clone(), *at), stored: false }
                }
                (None, _) => return None,
            };
            self.changed.insert(id, found);
        }
        self.changed.get_mut(&id).map(|changed| &mut changed.delivery)
    }
}

fn in_order(changed: Vec<Changed>) -> Vec<Delivery> {
    let mut deliveries: Vec<_> = changed.into_iter().map(|changed| changed.delivery).collect();
    deliveries.sort_unstable_by_key(|delivery| delivery.id);
    deliveries
}

/// The deliveries of which something is recorded that this page does not bring forth.
fn wanted(page: &RoutedPage<'_>) -> Vec<uuid::Uuid> {
    let (mut seen, mut wanted) = (HashSet::new(), Vec::new());
    for Routed { record, fact, deliveries } in &page.records {
        seen.extend(deliveries.iter().map(|(id, _)| id.uuid()));
        if matches!(fact, Fact::Delivery(_)) && seen.insert(record.stream.uuid) {
            wanted.push(record.stream.uuid);
        }
    }
    wanted.sort_unstable();
    wanted
}

/// A delivery that waits for its first attempt since `at`.
fn waiting(id: DeliveryId, record: &Record, origin: Origin, at: Timestamp) -> Delivery {
    Delivery {
        id,
        tenant: record.tenant,
        subscription: origin.subscription,
        event: origin.event,
        event_position: origin.event_position,
        event_type: origin.event_type,
        state: DeliveryState::Waiting,
        attempts: 0,
        next_attempt_at: Some(at),
        last_status: None,
        last_error_class: None,
        last_attempt_at: None,
        dead_letter_reason: None,
        created_at: at,
        updated_at: record.recorded_at,
        version: Sequence::NONE,
    }
}

fn evolve(delivery: &mut Delivery, event: &Event) {
    if let Some(attempt) = event.attempt() {
        let Attempt { started_at, answer, .. } = &**attempt;
        delivery.last_attempt_at = Some(*started_at);
        delivery.last_status = answer.status();
        delivery.last_error_class = match answer {
            Answer::Response { .. } => None,
            Answer::Failure { class, .. } => Some(class.clone()),
        };
    }
    let progress = progress(delivery).evolve(event);
    delivery.attempts = progress.attempts;
    delivery.state = DeliveryState::of(&progress);
    delivery.next_attempt_at = progress.due_at();
    delivery.dead_letter_reason = match progress.state {
        State::Dead(reason) => Some(reason),
        // A dead letter that was discarded: it still says why it was one.
        State::Cancelled => delivery.dead_letter_reason,
        State::Waiting { .. } | State::Delivered => None,
    };
}

/// What the domain folds; the budget has no part in what is shown.
fn progress(delivery: &Delivery) -> Progress {
    let state = match (delivery.state, delivery.dead_letter_reason) {
        (DeliveryState::Delivered, _) => State::Delivered,
        (DeliveryState::DeadLettered, Some(reason)) => State::Dead(reason),
        (DeliveryState::Cancelled | DeliveryState::DeadLettered, _) => State::Cancelled,
        (DeliveryState::Waiting | DeliveryState::Retrying, _) => {
            State::Waiting { due_at: delivery.next_attempt_at.unwrap_or(delivery.created_at), by_hand: false }
        }
    };
    Progress { attempts: delivery.attempts, budget: Budget { made: 0, since: delivery.created_at }, state }
}

fn cancel(delivery: &mut Delivery, at: Timestamp) {
    delivery.state = DeliveryState::Cancelled;
    delivery.next_attempt_at = None;
    delivery.dead_letter_reason = None;
    delivery.updated_at = at;
}
