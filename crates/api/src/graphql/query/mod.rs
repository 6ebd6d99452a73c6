//! What can be asked.

mod analytics;
mod bulk;
mod deliveries;
mod event_types;
mod events;
mod inboxes;
mod keys;
mod records;
mod service;
mod subscriptions;
mod tenants;

use async_graphql::MergedObject;

/// What can be asked. Everything is within the caller's tenant; what belongs to another one is as if it did not exist.
#[derive(Default, MergedObject)]
pub(crate) struct Query(
    service::ServiceQueries,
    subscriptions::SubscriptionQueries,
    events::EventQueries,
    deliveries::DeliveryQueries,
    event_types::EventTypeQueries,
    records::RecordQueries,
    keys::ApiKeyQueries,
    tenants::TenantQueries,
    analytics::AnalyticsQueries,
    bulk::BulkQueries,
    inboxes::InboxQueries,
    crate::graphql::mutations::PlaygroundQueries,
    crate::graphql::mutations::SubscriptionValidations,
);
