//! Loads things by their ids: whatever one level of a request asks for, in one query.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dataloader::Loader;
use domain::event::Published;
use domain::{DeliveryId, EventId, SubscriptionId, Timestamp};
use futures_util::{StreamExt, TryStreamExt, stream};
use projections::analytics::Bucket;
use projections::status::{Delivery, Event, Subscription};

use super::errors::plain;
use super::scope::read_error;
use crate::state::ApiState;

/// How many events are read from the ledger at the same time, for one request.
const READS_AT_ONCE: usize = 8;

/// Where one request's things come from.
pub(crate) struct Source {
    state: ApiState,
    request: app::Request,
    request_id: Arc<str>,
}

/// The content of an event, as opposed to what lists show of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ContentOf(pub(crate) EventId);

/// The hours since an instant of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HoursOf {
    pub(crate) subscription: SubscriptionId,
    pub(crate) from: Timestamp,
}

/// The content of an event, and who published it.
pub(crate) type Content = Arc<app::Entry<Box<Published>>>;

impl Source {
    /// For whoever makes `request`.
    pub(crate) const fn new(state: ApiState, request: app::Request, request_id: Arc<str>) -> Self {
        Self { state, request, request_id }
    }
}

fn by<K: Eq + Hash, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, T> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

impl Loader<SubscriptionId> for Source {
    type Value = Subscription;
    type Error = Error;

    async fn load(&self, keys: &[SubscriptionId]) -> Result<HashMap<SubscriptionId, Subscription>, Error> {
        let found =
            self.state.views().status().subscriptions_by_id(self.request.tenant(), keys.to_vec()).await;
        found.map(|rows| by(rows, |row| row.id)).map_err(|error| read_error(&error, &self.request_id))
    }
}

impl Loader<EventId> for Source {
    type Value = Event;
    type Error = Error;

    async fn load(&self, keys: &[EventId]) -> Result<HashMap<EventId, Event>, Error> {
        let found = self.state.views().status().events_by_id(self.request.tenant(), keys.to_vec()).await;
        found.map(|rows| by(rows, |row| row.id)).map_err(|error| read_error(&error, &self.request_id))
    }
}

impl Loader<DeliveryId> for Source {
    type Value = Delivery;
    type Error = Error;

    async fn load(&self, keys: &[DeliveryId]) -> Result<HashMap<DeliveryId, Delivery>, Error> {
        let found = self.state.views().status().deliveries_by_id(self.request.tenant(), keys.to_vec()).await;
        found.map(|rows| by(rows, |row| row.id)).map_err(|error| read_error(&error, &self.request_id))
    }
}

impl Loader<HoursOf> for Source {
    type Value = Vec<Bucket>;
    type Error = Error;

    async fn load(&self, keys: &[HoursOf]) -> Result<HashMap<HoursOf, Vec<Bucket>>, Error> {
        // All of one request ask for the same hours.
        let Some(from) = keys.iter().map(|key| key.from).min() else { return Ok(HashMap::new()) };
        let mut found = HashMap::new();
        for keys in keys.chunks(projections::LIMIT_MAX) {
            let subscriptions = keys.iter().map(|key| key.subscription).collect();
            let hours =
                self.state.views().analytics().hours(self.request.tenant(), subscriptions, from).await;
            let mut hours = hours.map_err(|error| read_error(&error, &self.request_id))?;
            found.extend(keys.iter().map(|key| (*key, hours.remove(&key.subscription).unwrap_or_default())));
        }
        Ok(found)
    }
}

impl Loader<ContentOf> for Source {
    type Value = Content;
    type Error = Error;

    async fn load(&self, keys: &[ContentOf]) -> Result<HashMap<ContentOf, Content>, Error> {
        let reads = stream::iter(keys.iter().copied()).map(|key| async move {
            let entry = self.state.app().event(&self.request, key.0).await;
            entry
                .map(|entry| entry.map(|entry| (key, Arc::new(entry))))
                .map_err(|error| plain(error, &self.request_id))
        });
        let found: Vec<_> = reads.buffer_unordered(READS_AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }
}
