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
    touched: Vec<Touched>,
    /// Where each stands among them. Apart, since a table of rows this large is slow to grow.
    places: HashMap<DeliveryId, usize>,
}

/// A delivery as it will be.
struct Touched {
    delivery: Delivery,
    /// Whether the table has it.
    stored: bool,
}

impl<'p> DeliveryFold<'p> {
    /// Reads what the page changes.
    pub(in crate::status) fn load(page: &'p RoutedPage<'p>, tables: Tables<'p>) -> Result<Self, WriteError> {
        let most = page.deliveries_max();
        let (touched, places) = (Vec::with_capacity(most), HashMap::with_capacity(most));
        let mut fold = Self { page, tables, touched, places };
        for delivery in find(&wanted(page), tables)? {
            fold.touch(delivery.id, || Touched { delivery, stored: true });
        }
        Ok(fold)
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
            self.touch(*id, || Touched {
                delivery: waiting(*id, record, origin, event.accepted_at),
                stored: false,
            });
        }
    }

    /// Something was recorded of a delivery; says to which subscription it goes, or nothing if the delivery is unknown.
    pub(in crate::status) fn note(&mut self, record: &Record, event: &Event) -> Option<SubscriptionId> {
        let id = DeliveryId::from_uuid(record.stream.uuid);
        let page = self.page;
        let delivery = self.known(id, record, event)?;
        evolve(delivery, event);
        delivery.updated_at = record.recorded_at;
        delivery.version = record.sequence;
        // Nobody would make the attempt: the subscription is gone.
        if delivery.state.is_waiting() && !page.is_alive(delivery.subscription, record.position) {
            cancel(delivery, record.recorded_at);
        }
        Some(delivery.subscription)
    }

    /// A subscription was deleted: what waits for it is cancelled.
    pub(in crate::status) fn cancel_all(&mut self, record: &Record) -> Result<(), WriteError> {
        let subscription = SubscriptionId::from_uuid(record.stream.uuid);
        for Touched { delivery, .. } in &mut self.touched {
            if delivery.subscription == subscription && delivery.state.is_waiting() {
                cancel(delivery, record.recorded_at);
            }
        }
        let values = values![record.recorded_at.as_micros(), as_id(subscription.uuid())];
        self.tables.execute(include_str!("cancel_all.sql"), values)?;
        Ok(())
    }

    /// Writes them, in the order of the table.
    pub(in crate::status) fn write(self) -> Result<(), WriteError> {
        let in_order = |stored| {
            let those = self.touched.iter().filter(|touched| touched.stored == stored);
            let mut those: Vec<_> = those.map(|touched| &touched.delivery).collect();
            those.sort_unstable_by_key(|delivery| delivery.id);
            those
        };
        insert(&in_order(false), self.tables)?;
        write(&in_order(true), self.tables)
    }

    /// The delivery; of those that the page neither brings forth nor found in the table, what was scheduled exists: routing
    /// does not know every delivery that there may ever be.
    fn known(&mut self, id: DeliveryId, record: &Record, event: &Event) -> Option<&mut Delivery> {
        if let Some(place) = self.places.get(&id) {
            return Some(&mut self.touched[*place].delivery);
        }
        let (Event::Scheduled { origin, at } | Event::DeliveredAtOnce { origin, at, .. }) = event else {
            return None;
        };
        let delivery = waiting(id, record, origin.clone(), *at);
        Some(self.touch(id, || Touched { delivery, stored: false }))
    }

    /// The delivery as it is known, or as `new` says.
    fn touch(&mut self, id: DeliveryId, new: impl FnOnce() -> Touched) -> &mut Delivery {
        let place = *self.places.entry(id).or_insert_with(|| {
            self.touched.push(new());
            self.touched.len() - 1
        });
        &mut self.touched[place].delivery
    }
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
