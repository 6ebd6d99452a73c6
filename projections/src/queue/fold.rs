//! The fold of what waits: what a page touches is read at once and kept in memory for the length of the page, then what
//! still waits and was not there, or is there and ended, is written at once.

use domain::delivery::{Event, Origin, Progress, State};
use domain::event::Published;
use domain::policy::Budget;
use domain::{DeliveryId, EventId, Fact, Sequence, SubscriptionId};
use hashbrown::{HashMap, HashSet};
use ledger::Record;

use super::row::{Waiting, find, write};
use crate::runner::{Routed, RoutedPage};
use crate::store::{Tables, WriteError, as_id};

/// The waiting deliveries that a page touches.
pub(super) struct QueueFold<'p> {
    page: &'p RoutedPage<'p>,
    tables: Tables<'p>,
    touched: HashMap<DeliveryId, Slot>,
}

/// What is known of a delivery.
struct Slot {
    /// None if it does not wait.
    waiting: Option<Waiting>,
    /// Whether there may be a row.
    stored: bool,
}

impl<'p> QueueFold<'p> {
    /// Reads what the page looks at.
    pub(super) fn load(page: &'p RoutedPage<'p>, tables: Tables<'p>) -> Result<Self, WriteError> {
        let mut touched = HashMap::with_capacity(page.deliveries_max());
        for waiting in find(&wanted(page), tables)? {
            touched.insert(waiting.delivery, Slot { waiting: Some(waiting), stored: true });
        }
        Ok(Self { page, tables, touched })
    }

    /// An event was published: its deliveries wait from now on.
    pub(super) fn born(
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
            let progress = Progress::new(event.accepted_at);
            let waiting = waiting(*id, record, origin, progress, Sequence::NONE);
            self.touched.insert(*id, Slot { waiting: Some(waiting), stored: false });
        }
    }

    /// Something was recorded of a delivery.
    pub(super) fn note(&mut self, id: DeliveryId, record: &Record, event: &Event) {
        match event {
            Event::Scheduled { origin, at } => {
                if let Some(waiting) = self.known(id) {
                    waiting.sequence = record.sequence;
                } else {
                    // Routing does not know every delivery that there may ever be; what was scheduled exists.
                    self.waits(
                        id,
                        waiting(id, record, origin.clone(), Progress::new(*at), record.sequence),
                        record.position,
                    );
                }
            }
            Event::AttemptFailed { .. } | Event::AttemptInterrupted { .. } => {
                if let Some(waiting) = self.known(id) {
                    waiting.progress = waiting.progress.evolve(event);
                    waiting.sequence = record.sequence;
                }
            }
            Event::RetryRequested { origin, attempts, at } => {
                let progress = Progress {
                    attempts: *attempts,
                    budget: Budget { made: 0, since: *at },
                    state: State::Waiting { due_at: *at, by_hand: true },
                };
                self.waits(
                    id,
                    waiting(id, record, origin.clone(), progress, record.sequence),
                    record.position,
                );
            }
            Event::DeliveredAtOnce { .. }
            | Event::AttemptSucceeded { .. }
            | Event::DeadLettered { .. }
            | Event::Cancelled { .. } => self.ends(id),
        }
    }

    /// A subscription was deleted: nothing waits for it any more.
    pub(super) fn forget_all(&mut self, subscription: SubscriptionId) -> Result<(), WriteError> {
        for slot in self.touched.values_mut() {
            slot.waiting.take_if(|waiting| waiting.subscription == subscription);
        }
        self.tables.execute(include_str!("forget_first_attempts.sql"), &[as_id(subscription.uuid())])?;
        self.tables.execute(include_str!("forget_retries.sql"), &[as_id(subscription.uuid())])?;
        Ok(())
    }

    /// Writes what waits and removes what does not, in the order of the table.
    pub(super) fn write(self) -> Result<(), WriteError> {
        let mut touched: Vec<_> = self.touched.iter().collect();
        touched.sort_unstable_by_key(|(id, _)| **id);
        let waiting: Vec<_> = touched.iter().filter_map(|(_, slot)| slot.waiting.as_ref()).collect();
        write(&waiting, self.tables)?;
        let ended = touched.iter().filter(|(_, slot)| slot.waiting.is_none() && slot.stored);
        let ended: Vec<_> = ended.map(|(id, _)| id.uuid()).collect();
        self.tables.each_id(include_str!("forget.sql"), &ended)
    }

    /// What waits under this id. If it was in the table it has been read.
    fn known(&mut self, id: DeliveryId) -> Option<&mut Waiting> {
        let slot = self.touched.entry(id).or_insert(Slot { waiting: None, stored: false });
        slot.waiting.as_mut()
    }

    /// A delivery waits, whatever was before; unless its subscription is gone.
    fn waits(&mut self, id: DeliveryId, waiting: Waiting, at: domain::Position) {
        let waiting = self.page.is_alive(waiting.subscription, at).then_some(waiting);
        self.slot(id).waiting = waiting;
    }

    /// A delivery does not wait any more.
    fn ends(&mut self, id: DeliveryId) {
        self.slot(id).waiting = None;
    }

    /// What is known of a delivery, without looking into the table.
    fn slot(&mut self, id: DeliveryId) -> &mut Slot {
        self.touched.entry(id).or_insert(Slot { waiting: None, stored: true })
    }
}

/// The deliveries of which the page goes by what the table has: those that it neither brings forth nor ends first.
fn wanted(page: &RoutedPage<'_>) -> Vec<uuid::Uuid> {
    let (mut seen, mut wanted) = (HashSet::new(), Vec::new());
    for Routed { record, fact, deliveries } in &page.records {
        seen.extend(deliveries.iter().map(|(id, _)| id.uuid()));
        if let Fact::Delivery(event) = fact
            && seen.insert(record.stream.uuid)
            && goes_by_the_table(event)
        {
            wanted.push(record.stream.uuid);
        }
    }
    wanted.sort_unstable();
    wanted
}

/// Whether what an event leads to depends on what was before.
const fn goes_by_the_table(event: &Event) -> bool {
    match event {
        Event::Scheduled { .. } | Event::AttemptFailed { .. } | Event::AttemptInterrupted { .. } => true,
        Event::RetryRequested { .. }
        | Event::DeliveredAtOnce { .. }
        | Event::AttemptSucceeded { .. }
        | Event::DeadLettered { .. }
        | Event::Cancelled { .. } => false,
    }
}

fn waiting(
    delivery: DeliveryId,
    record: &Record,
    origin: Origin,
    progress: Progress,
    sequence: Sequence,
) -> Waiting {
    let Origin { event, event_position, event_type, subscription } = origin;
    let tenant = record.tenant;
    Waiting { delivery, tenant, subscription, event, event_position, event_type, progress, sequence }
}
