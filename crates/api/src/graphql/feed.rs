//! Live feeds: what changed in a tenant, told to whoever listens.
//!
//! One task follows the ledger while anybody listens. For each page of records it waits until the views have come as
//! far, reads the rows that changed, once for each tenant, and broadcasts them. A listener that does not keep up loses
//! the oldest notices and is told so; nothing grows.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{DeliveryId, EventId, Position, StreamKind, TenantId};
use ledger::{Filter, Kinds, Ledger, Page, Tail};
use projections::status::{Delivery, DeliveryFilter, Event, Status};
use projections::{ReadError, Views};
use tokio::sync::broadcast;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How many notices a listener may be behind.
const NOTICES_MAX: usize = 64;
/// How many records make one notice at most.
const PAGE_RECORDS: usize = 500;
/// How long a page waits for the views.
const VIEWS_WAIT_MAX: Duration = Duration::from_secs(5);
/// How often the task looks whether anybody still listens, and how long it rests after a failure.
const REST: Duration = Duration::from_secs(5);
/// Of how many events in one page the waiting deliveries are looked up; where more are published at once, deliveries
/// are told from their first attempt on.
const EVENTS_LOOKED_UP_MAX: usize = 20;
/// How many waiting deliveries are told of one event.
const WAITING_MAX: usize = 100;

/// What changed in a tenant.
#[derive(Debug, Clone)]
pub(crate) enum Notice {
    /// These rows are new or other than before.
    Changed(Arc<Changes>),
    /// Something changed up to this position that could not be told.
    Gap(Position),
}

/// Rows that are new or other than before, in the order of their records.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Deliveries, and where the last record of each stands.
    pub(crate) deliveries: Vec<(Position, Delivery)>,
    /// Events that were published.
    pub(crate) events: Vec<Event>,
}

/// Tells listeners what changes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Feed(Arc<Inner>);

struct Inner {
    ledger: Arc<dyn Ledger>,
    views: Views,
    stopping: CancellationToken,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    channels: HashMap<TenantId, broadcast::Sender<Notice>>,
    /// Whether the task runs.
    following: bool,
}

impl Feed {
    /// Of what is recorded in `ledger` and shown in `views`.
    pub(crate) fn new(ledger: Arc<dyn Ledger>, views: Views, stopping: CancellationToken) -> Self {
        Self(Arc::new(Inner { ledger, views, stopping, state: Mutex::default() }))
    }

    /// Listens to what changes in `tenant` from now on.
    pub(crate) fn listen(&self, tenant: TenantId) -> broadcast::Receiver<Notice> {
        let mut state = self.0.state();
        let channel = state.channels.entry(tenant).or_insert_with(|| broadcast::Sender::new(NOTICES_MAX));
        let receiver = channel.subscribe();
        if !state.following {
            state.following = true;
            // From here on: what is recorded after this call is told.
            let head = self.0.ledger.head();
            tokio::spawn(follow(self.0.clone(), head));
        }
        receiver
    }

    /// Where the ledger ends.
    pub(crate) fn head(&self) -> Position {
        self.0.ledger.head()
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets tenants that nobody listens to. Says whether anybody is left; if not, the task has ended.
    fn sweep(&self) -> bool {
        let mut state = self.state();
        state.channels.retain(|_, channel| channel.receiver_count() > 0);
        state.following = !state.channels.is_empty();
        state.following
    }

    fn channel(&self, tenant: TenantId) -> Option<broadcast::Sender<Notice>> {
        self.state().channels.get(&tenant).cloned()
    }

    /// Tells everybody that something up to `position` was not told.
    fn gap(&self, position: Position) {
        for channel in self.state().channels.values() {
            let _ = channel.send(Notice::Gap(position));
        }
    }
}

async fn follow(feed: Arc<Inner>, head: Position) {
    let kinds = Filter::Kinds(Kinds::of(&[StreamKind::Event, StreamKind::Delivery]));
    let mut tail = Tail::new(feed.ledger.clone(), head, kinds).with_limit(PAGE_RECORDS);
    while feed.sweep() {
        let page = tokio::select! {
            () = feed.stopping.cancelled() => return,
            page = timeout(REST, tail.next_page()) => page,
        };
        match page {
            Err(_) => {}
            Ok(Ok(page)) => tell(&feed, &page).await,
            Ok(Err(ledger::LedgerError::ShuttingDown)) => return,
            Ok(Err(error)) => {
                warn!(%error, "live feeds cannot follow the ledger, trying again");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

/// What one page says about one tenant.
#[derive(Default)]
struct OfTenant {
    deliveries: BTreeMap<DeliveryId, Position>,
    events: Vec<(EventId, Position)>,
}

async fn tell(feed: &Inner, page: &Page) {
    let mut tenants: HashMap<TenantId, OfTenant> = HashMap::new();
    for record in &page.records {
        let of_tenant = tenants.entry(record.tenant).or_default();
        match record.stream.kind {
            StreamKind::Event => {
                of_tenant.events.push((EventId::from_uuid(record.stream.uuid), record.position));
            }
            StreamKind::Delivery => {
                of_tenant.deliveries.insert(DeliveryId::from_uuid(record.stream.uuid), record.position);
            }
            StreamKind::Tenant
            | StreamKind::ApiKey
            | StreamKind::EventType
            | StreamKind::Subscription
            | StreamKind::BulkAction
            | StreamKind::Test => {}
        }
    }
    let mut waited = None;
    for (tenant, of_tenant) in tenants {
        let Some(channel) = feed.channel(tenant) else { continue };
        // Nobody waits for the views before somebody listens.
        if waited.is_none() {
            waited = Some(feed.views.wait_for(page.upto, Instant::now() + VIEWS_WAIT_MAX).await);
        }
        if let Some(Err(lagging)) = waited {
            warn!(%lagging, "live feeds have a gap because the views are behind");
            feed.gap(page.upto);
            return;
        }
        let notice = match changes(&feed.views.status(), tenant, of_tenant).await {
            Ok(changes) => Notice::Changed(Arc::new(changes)),
            Err(error) => {
                warn!(%error, "live feeds have a gap because the views cannot be read");
                Notice::Gap(page.upto)
            }
        };
        // Whoever listened may have gone meanwhile.
        let _ = channel.send(notice);
    }
}

async fn changes(status: &Status, tenant: TenantId, of_tenant: OfTenant) -> Result<Changes, ReadError> {
    let ids = of_tenant.events.iter().map(|(id, _)| *id).collect();
    let events = status.events_by_id(tenant, ids).await?;
    let mut waiting = Vec::new();
    for (event, position) in of_tenant.events.iter().take(EVENTS_LOOKED_UP_MAX) {
        let filter = DeliveryFilter { event: Some(*event), ..DeliveryFilter::default() };
        let found = status.deliveries(tenant, filter, projections::Page::first(WAITING_MAX)).await?;
        waiting.extend(found.rows.into_iter().map(|row| (*position, row)));
    }
    // What was attempted in the same page is told with its latest record instead.
    waiting.retain(|(_, row)| !of_tenant.deliveries.contains_key(&row.id));
    let mut deliveries = waiting;
    let ids = of_tenant.deliveries.keys().copied().collect();
    for row in status.deliveries_by_id(tenant, ids).await? {
        let position = of_tenant.deliveries.get(&row.id).copied().unwrap_or_default();
        deliveries.push((position, row));
    }
    deliveries.sort_by_key(|(position, _)| *position);
    Ok(Changes { deliveries, events })
}
