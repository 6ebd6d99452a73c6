//! The queries of the `status` view.

use domain::{ApiKeyId, DeliveryId, EventId, SubscriptionId, TenantId};
use uuid::Uuid;

use super::delivery::{self, DeadLetterGroups, Delivery, DeliveryFilter};
use super::event::{self, Event, EventCursor, EventFilter};
use super::subscription::{self, Subscription, SubscriptionFilter};
use super::{ApiKey, EventType, Tenant, api_key, event_type, tenant};
use crate::page::{Conditions, Cursor, Keys, List, Listed, Page, id, value};
use crate::store::{Connection, Damage, ReadError, Row, Sql, Value};
use crate::views::Reader;

/// Ids that one look-up takes; the rest are left out.
const IDS_MAX: usize = 1_000;

/// Asks the `status` view. Cheap to clone. Each answer is of one moment.
#[derive(Debug, Clone)]
pub struct Status {
    reader: Reader,
}

impl Status {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// The delivery with this id.
    pub async fn delivery(&self, tenant: TenantId, id: DeliveryId) -> Result<Option<Delivery>, ReadError> {
        Ok(self.deliveries_by_id(tenant, vec![id]).await?.pop())
    }

    /// Those of the deliveries with these ids that there are, in the order of the ids given; at most 1,000.
    pub async fn deliveries_by_id(
        &self,
        tenant: TenantId,
        ids: Vec<DeliveryId>,
    ) -> Result<Vec<Delivery>, ReadError> {
        let ids = ids.into_iter().map(DeliveryId::uuid).collect();
        self.by_id(delivery::SELECT, Some(tenant), ids, delivery::read).await
    }

    /// A page of deliveries, newest first.
    pub async fn deliveries(
        &self,
        tenant: TenantId,
        filter: DeliveryFilter,
        page: Page<DeliveryId>,
    ) -> Result<Listed<Delivery>, ReadError> {
        self.reader.read(move |snapshot| delivery::list(snapshot, tenant, &filter, &page)).await
    }

    /// How many deliveries there are, counted up to `bound`.
    pub async fn count_deliveries(
        &self,
        tenant: TenantId,
        filter: DeliveryFilter,
        bound: u64,
    ) -> Result<u64, ReadError> {
        self.reader.read(move |snapshot| delivery::count(snapshot, tenant, &filter, bound)).await
    }

    /// Dead letters by cause: of one subscription, or of all.
    pub async fn dead_letter_groups(
        &self,
        tenant: TenantId,
        subscription: Option<SubscriptionId>,
    ) -> Result<DeadLetterGroups, ReadError> {
        self.reader.read(move |snapshot| delivery::groups(snapshot, tenant, subscription)).await
    }

    /// The ids of deliveries, newest first, from behind `after` on: at most `limit` and [`crate::LIMIT_MAX`]. The
    /// order is that of the ids, so that going on behind the last one misses none, whatever became of it meanwhile.
    pub async fn delivery_ids(
        &self,
        tenant: TenantId,
        filter: DeliveryFilter,
        after: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<DeliveryId>, ReadError> {
        self.reader.read(move |snapshot| delivery::ids(snapshot, tenant, &filter, after, limit)).await
    }

    /// The event with this id.
    pub async fn event(&self, tenant: TenantId, id: EventId) -> Result<Option<Event>, ReadError> {
        Ok(self.events_by_id(tenant, vec![id]).await?.pop())
    }

    /// Those of the events with these ids that there are, in the order of the ids given; at most 1,000.
    pub async fn events_by_id(&self, tenant: TenantId, ids: Vec<EventId>) -> Result<Vec<Event>, ReadError> {
        let ids = ids.into_iter().map(EventId::uuid).collect();
        self.by_id(event::SELECT, Some(tenant), ids, event::read).await
    }

    /// A page of events, newest first.
    pub async fn events(
        &self,
        tenant: TenantId,
        filter: EventFilter,
        page: Page<EventCursor>,
    ) -> Result<Listed<Event>, ReadError> {
        self.reader.read(move |snapshot| event::list(snapshot, tenant, &filter, &page)).await
    }

    /// How many events there are, counted up to `bound`.
    pub async fn count_events(
        &self,
        tenant: TenantId,
        filter: EventFilter,
        bound: u64,
    ) -> Result<u64, ReadError> {
        self.reader.read(move |snapshot| event::count(snapshot, tenant, &filter, bound)).await
    }

    /// The subscription with this id, also if it was deleted.
    pub async fn subscription(
        &self,
        tenant: TenantId,
        id: SubscriptionId,
    ) -> Result<Option<Subscription>, ReadError> {
        Ok(self.subscriptions_by_id(tenant, vec![id]).await?.pop())
    }

    /// Those of the subscriptions with these ids that there are or were, in the order of the ids given; at most 1,000.
    pub async fn subscriptions_by_id(
        &self,
        tenant: TenantId,
        ids: Vec<SubscriptionId>,
    ) -> Result<Vec<Subscription>, ReadError> {
        let ids = ids.into_iter().map(SubscriptionId::uuid).collect();
        self.by_id(subscription::SELECT, Some(tenant), ids, subscription::read).await
    }

    /// A page of subscriptions, newest first.
    pub async fn subscriptions(
        &self,
        tenant: TenantId,
        filter: SubscriptionFilter,
        page: Page<SubscriptionId>,
    ) -> Result<Listed<Subscription>, ReadError> {
        self.reader.read(move |snapshot| subscription::list(snapshot, tenant, &filter, &page)).await
    }

    /// Subscriptions that were disabled, or whose attempts have been failing, or whose last attempt failed: those that
    /// were disabled first, then those that have failed for longest; at most `limit` and [`crate::LIMIT_MAX`].
    pub async fn troubled_subscriptions(
        &self,
        tenant: TenantId,
        limit: usize,
    ) -> Result<Vec<Subscription>, ReadError> {
        let limit = limit.min(crate::LIMIT_MAX);
        self.reader.read(move |snapshot| subscription::troubled(snapshot, tenant, limit)).await
    }

    /// How many subscriptions there are, counted up to `bound`.
    pub async fn count_subscriptions(
        &self,
        tenant: TenantId,
        filter: SubscriptionFilter,
        bound: u64,
    ) -> Result<u64, ReadError> {
        self.reader.read(move |snapshot| subscription::count(snapshot, tenant, &filter, bound)).await
    }

    /// A page of API keys, newest first; revoked and expired ones too.
    pub async fn api_keys(
        &self,
        tenant: TenantId,
        page: Page<ApiKeyId>,
    ) -> Result<Listed<ApiKey>, ReadError> {
        let arm = Conditions::default().with("tenant = ?", [id(tenant.uuid())]);
        self.list(api_key::SELECT, arm, page, api_key::read).await
    }

    /// The event types that a tenant has registered and whose names follow `after`, by name: at most `limit` and
    /// [`crate::LIMIT_MAX`].
    pub async fn event_types(
        &self,
        tenant: TenantId,
        after: Option<domain::EventType>,
        limit: usize,
    ) -> Result<Vec<EventType>, ReadError> {
        let limit = limit.min(crate::LIMIT_MAX) as u64;
        let after = after.map_or_else(String::new, String::from);
        let query = move |snapshot: Connection<'_>| {
            let mut sql = Sql::new(event_type::SELECT);
            sql.push(" WHERE tenant = ").bind(id(tenant.uuid())).push(" AND name > ").bind(value(after));
            sql.push(" ORDER BY name LIMIT ").bind(crate::store::integer(limit));
            sql.all(snapshot, event_type::read)
        };
        self.reader.read(query).await
    }

    /// The tenant with this id.
    pub async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>, ReadError> {
        Ok(self.by_id(tenant::SELECT, None, vec![id.uuid()], tenant::read).await?.pop())
    }

    /// A page of all tenants, newest first. For operators: it crosses tenants.
    pub async fn tenants(&self, page: Page<TenantId>) -> Result<Listed<Tenant>, ReadError> {
        let arm = Conditions::default().with("1 = 1", []);
        self.list(tenant::SELECT, arm, page, tenant::read).await
    }

    async fn list<K: Cursor + Ord + Send + 'static, T: Send + 'static>(
        &self,
        select: &'static str,
        arm: Conditions,
        page: Page<K>,
        read: fn(Row<'_>) -> Result<T, Damage>,
    ) -> Result<Listed<T>, ReadError> {
        let query = move |snapshot: Connection<'_>| {
            let keys = Keys { columns: &["id"], apart: false, above: None, below: None };
            let list = List { select, keys, arms: &[arm], also: &Conditions::default() };
            Ok(Listed::from_found(list.page(snapshot, &page).all(snapshot, read)?, &page))
        };
        self.reader.read(query).await
    }

    async fn by_id<T: Send + 'static>(
        &self,
        select: &'static str,
        tenant: Option<TenantId>,
        ids: Vec<Uuid>,
        read: fn(Row<'_>) -> Result<T, Damage>,
    ) -> Result<Vec<T>, ReadError> {
        let query = move |snapshot: Connection<'_>| {
            let found =
                ids.into_iter().take(IDS_MAX).map(|wanted| one(snapshot, select, tenant, wanted, read));
            found.filter_map(Result::transpose).collect()
        };
        self.reader.read(query).await
    }
}

fn one<T>(
    connection: Connection<'_>,
    select: &str,
    tenant: Option<TenantId>,
    wanted: Uuid,
    read: fn(Row<'_>) -> Result<T, Damage>,
) -> Result<Option<T>, ReadError> {
    let mut sql = Sql::new(select);
    sql.push(" WHERE id = ").bind(id(wanted));
    if let Some(tenant) = tenant {
        sql.push(" AND tenant = ").bind(id(tenant.uuid()));
    }
    sql.first(connection, read)
}

impl Cursor for ApiKeyId {
    fn values(&self) -> Vec<Value<'static>> {
        vec![id(self.uuid())]
    }
}

impl Cursor for TenantId {
    fn values(&self) -> Vec<Value<'static>> {
        vec![id(self.uuid())]
    }
}
