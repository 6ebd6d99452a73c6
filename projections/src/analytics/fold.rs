//! The fold of `analytics`: a page is counted in memory, then each pair of subscription and type is one write.

use domain::delivery::{Attempt, Event};
use domain::event::Published;
use domain::{DeliveryId, EventType, Fact, SubscriptionId, TenantId, Timestamp};
use hashbrown::{HashMap, HashSet};
use ledger::Record;

use super::counts::Counts;
use super::open::{Open, Target};
use super::rollup::{Deltas, write};
use super::series::{Key, Resolution, Scope};
use crate::runner::{Routed, RoutedPage};
use crate::store::{Tables, WriteError};

/// What a page adds.
pub(super) struct AnalyticsFold<'p> {
    page: &'p RoutedPage<'p>,
    tables: Tables<'p>,
    open: Open<'p>,
    minutes: HashMap<Key, Counts>,
}

impl<'p> AnalyticsFold<'p> {
    /// Reads what the page goes by.
    pub(super) fn load(page: &'p RoutedPage<'p>, tables: Tables<'p>) -> Result<Self, WriteError> {
        let open = Open::load(tables, &wanted(page))?;
        Ok(Self { page, tables, open, minutes: HashMap::new() })
    }

    /// An event was published.
    pub(super) fn published(
        &mut self,
        record: &Record,
        event: &Published,
        deliveries: &[(DeliveryId, SubscriptionId)],
    ) {
        let (tenant, at) = (record.tenant, record.recorded_at);
        self.counts(tenant, at, None, Some(&event.event_type)).published += 1;
        for (_, subscription) in deliveries {
            self.counts(tenant, at, Some(*subscription), Some(&event.event_type)).matched += 1;
        }
    }

    /// Something was recorded of a delivery.
    pub(super) fn note(&mut self, record: &Record, event: &Event) {
        let id = DeliveryId::from_uuid(record.stream.uuid);
        match event {
            Event::Scheduled { origin, .. } | Event::RetryRequested { origin, .. } => {
                if self.page.is_alive(origin.subscription, record.position) {
                    let first = matches!(event, Event::Scheduled { .. });
                    self.open.begin(id, (origin.subscription, origin.event_type.clone()), first);
                }
            }
            Event::DeliveredAtOnce { origin, attempt, .. } => {
                let target = self
                    .page
                    .is_alive(origin.subscription, record.position)
                    .then(|| (origin.subscription, origin.event_type.clone()));
                self.of(record, target.as_ref()).count(attempt);
            }
            Event::AttemptSucceeded { attempt } => {
                self.attempted(record, id, attempt);
                self.open.end(id);
            }
            Event::AttemptFailed { attempt, .. } => self.attempted(record, id, attempt),
            Event::DeadLettered { .. } => {
                let target = self.open.target(id).cloned();
                self.of(record, target.as_ref()).dead_lettered += 1;
                self.open.end(id);
            }
            Event::Cancelled { .. } => self.open.end(id),
            // It says nothing of the endpoint, and took no time that anybody knows.
            Event::AttemptInterrupted { .. } => {}
        }
    }

    /// A subscription was deleted.
    pub(super) fn forget(&mut self, subscription: SubscriptionId) -> Result<(), WriteError> {
        self.open.end_all(subscription)
    }

    /// Writes what changed.
    pub(super) fn write(self) -> Result<(), WriteError> {
        self.open.write()?;
        write(self.tables, Deltas(self.minutes))
    }

    fn attempted(&mut self, record: &Record, id: DeliveryId, attempt: &Attempt) {
        let target = self.open.target(id).cloned();
        self.of(record, target.as_ref()).count(attempt);
    }

    /// The counts of a target. An attempt that was under way while its delivery was cancelled counts for the tenant as a
    /// whole: what it was for has been forgotten.
    fn of(&mut self, record: &Record, target: Option<&Target>) -> &mut Counts {
        let (subscription, event_type) = target.map(|(to, name)| (*to, name)).unzip();
        self.counts(record.tenant, record.recorded_at, subscription, event_type)
    }

    fn counts(
        &mut self,
        tenant: TenantId,
        at: Timestamp,
        subscription: Option<SubscriptionId>,
        event_type: Option<&EventType>,
    ) -> &mut Counts {
        let scope = Scope { tenant, subscription, event_type: event_type.cloned() };
        self.minutes.entry(Key { at: Resolution::Minute.start(at), scope }).or_default()
    }
}

/// The deliveries with an outcome in this page that it has not begun.
fn wanted(page: &RoutedPage<'_>) -> Vec<uuid::Uuid> {
    let (mut seen, mut wanted) = (HashSet::new(), Vec::new());
    for Routed { record, fact, .. } in &page.records {
        let Fact::Delivery(event) = fact else { continue };
        let id = record.stream.uuid;
        match event {
            Event::Scheduled { origin, .. } | Event::RetryRequested { origin, .. } => {
                if page.is_alive(origin.subscription, record.position) {
                    seen.insert(id);
                }
            }
            Event::AttemptSucceeded { .. } | Event::AttemptFailed { .. } | Event::DeadLettered { .. } => {
                if seen.insert(id) {
                    wanted.push(id);
                }
            }
            Event::Cancelled { .. } => drop(seen.insert(id)),
            Event::DeliveredAtOnce { .. } | Event::AttemptInterrupted { .. } => {}
        }
    }
    wanted.sort_unstable();
    wanted
}
