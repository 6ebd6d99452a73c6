//! Live feeds over WebSocket.

mod bulk;
mod deliveries;
mod events;
mod inboxes;
mod source;

use async_graphql::MergedSubscription;

/// Live feeds, over the WebSocket protocol `graphql-transport-ws` at `/graphql/ws`.
#[derive(Default, MergedSubscription)]
#[graphql(name = "LiveFeed")] // `Subscription` is what a tenant makes.
pub(crate) struct Subscription(
    deliveries::DeliverySubscriptions,
    events::EventSubscriptions,
    bulk::BulkSubscriptions,
    inboxes::InboxSubscriptions,
);
