//! A page of records with what routing makes of it, shared by every view that folds it.

use domain::event::Event;
use domain::routing::{Entry, Router};
use domain::{DeliveryId, EventId, Fact, Position, SubscriptionId};
use hashbrown::HashMap;
use ledger::{Record, Unreadable};

/// New deliveries after which a page is cut off behind the current record, so that the fan-out of a page is bounded.
const DELIVERIES_MAX: usize = 10_000;

/// A record that could be read, and the deliveries that it gives rise to.
#[derive(Debug)]
pub(crate) struct Routed<'p> {
    /// The record.
    pub(crate) record: &'p Record,
    /// What it says.
    pub(crate) fact: &'p Fact,
    /// For a published event: its deliveries, one for each subscription that wants it.
    pub(crate) deliveries: Vec<(DeliveryId, SubscriptionId)>,
}

/// What a subscription was when it was deleted.
#[derive(Debug)]
pub(crate) struct Deleted {
    /// Where that is recorded.
    pub(crate) position: Position,
    /// Its last state.
    pub(crate) last: Entry,
}

/// Records in order of position, routed once for all views.
#[derive(Debug)]
pub(crate) struct RoutedPage<'p> {
    /// Those that could be read.
    pub(crate) records: Vec<Routed<'p>>,
    /// Those that could not.
    pub(crate) unreadable: Vec<(&'p Record, &'p Unreadable)>,
    /// The last record, readable or not.
    pub(crate) last: Option<&'p Record>,
    /// How many records the page has.
    pub(crate) len: usize,
    /// The subscriptions, and the versions of event types, as of the end of the page.
    pub(crate) router: &'p Router,
    /// The subscriptions that were deleted in this page.
    pub(crate) deleted: HashMap<SubscriptionId, Deleted>,
}

impl RoutedPage<'_> {
    /// Routes records, and moves `router` along: at most `limit` of them, fewer when they lead to many deliveries.
    pub(crate) fn route<'r>(
        records: impl IntoIterator<Item = &'r Record>,
        limit: usize,
        router: &'r mut Router,
    ) -> RoutedPage<'r> {
        let mut page = Draft::default();
        let mut fan_out = 0;
        for record in records.into_iter().take(limit) {
            fan_out += page.take(record, router);
            if fan_out >= DELIVERIES_MAX {
                break;
            }
        }
        let Draft { records, unreadable, last, len, deleted } = page;
        RoutedPage { records, unreadable, last, len, router, deleted }
    }

    /// How many deliveries the records are about, at most.
    pub(crate) fn deliveries_max(&self) -> usize {
        let of = |routed: &Routed<'_>| match routed.fact {
            Fact::Delivery(_) => 1,
            _ => routed.deliveries.len(),
        };
        self.records.iter().map(of).sum()
    }

    /// Whether the deliveries of `subscription` may still wait, as of `position` in this page.
    pub(crate) fn is_alive(&self, subscription: SubscriptionId, position: Position) -> bool {
        match self.deleted.get(&subscription) {
            Some(deleted) => position < deleted.position,
            None => self.router.get(subscription).is_some(),
        }
    }

    /// The subscription as of the end of the page, or as it was when it was deleted in this page.
    pub(crate) fn subscription(&self, id: SubscriptionId) -> Option<&Entry> {
        self.deleted.get(&id).map(|deleted| &deleted.last).or_else(|| self.router.get(id))
    }
}

#[derive(Default)]
struct Draft<'p> {
    records: Vec<Routed<'p>>,
    unreadable: Vec<(&'p Record, &'p Unreadable)>,
    last: Option<&'p Record>,
    len: usize,
    deleted: HashMap<SubscriptionId, Deleted>,
}

impl<'p> Draft<'p> {
    /// Adds a record and says how many deliveries it leads to.
    fn take(&mut self, record: &'p Record, router: &mut Router) -> usize {
        self.last = Some(record);
        self.len += 1;
        let fact = match record.fact() {
            Ok(fact) => fact,
            Err(unreadable) => {
                self.unreadable.push((record, unreadable));
                return 0;
            }
        };
        let deliveries = match fact {
            Fact::Event(Event::Published(published)) => {
                let event = EventId::from_uuid(record.stream.uuid);
                let named = |id| (DeliveryId::of(event, published.accepted_at, id), id);
                router.route(record.tenant, published).into_iter().map(named).collect()
            }
            Fact::Subscription(event) => {
                self.follow(record, event, router);
                Vec::new()
            }
            Fact::EventType(event) => {
                router.apply_type(record.tenant, record.stream.uuid, record.position, event);
                Vec::new()
            }
            Fact::Tenant(_) | Fact::ApiKey(_) | Fact::Delivery(_) | Fact::BulkAction(_) | Fact::Test(_) => {
                Vec::new()
            }
        };
        let fan_out = deliveries.len();
        self.records.push(Routed { record, fact, deliveries });
        fan_out
    }

    fn follow(&mut self, record: &Record, event: &domain::subscription::Event, router: &mut Router) {
        let id = SubscriptionId::from_uuid(record.stream.uuid);
        if matches!(event, domain::subscription::Event::Deleted)
            && let Some(last) = router.get(id)
        {
            self.deleted.insert(id, Deleted { position: record.position, last: last.clone() });
        }
        router.apply(record.tenant, id, event);
    }
}
