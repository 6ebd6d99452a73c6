//! What can be changed. Each mutation parses its input, calls one use case, and shapes the answer; rules and permission
//! live in the use case. Refusals are data in the payload, faults are errors.

mod api_keys;
mod bulk;
mod deliveries;
mod event_types;
mod events;
mod inboxes;
mod input;
mod payload;
mod playground;
mod subscriptions;
mod tenants;

use async_graphql::MergedObject;

pub(crate) use playground::PlaygroundQueries;
pub(crate) use subscriptions::{RetryPolicyInput, SubscriptionValidations};

/// What can be changed. Each answers with `ok`, or with the `refusals` that say why not; a fault is an error with a code.
#[derive(Default, MergedObject)]
pub(crate) struct Mutation(
    subscriptions::CreateSubscriptionMutation,
    subscriptions::SubscriptionMutations,
    subscriptions::SecretMutations,
    events::EventMutations,
    deliveries::DeliveryMutations,
    bulk::BulkMutations,
    inboxes::InboxMutations,
    playground::PlaygroundMutations,
    event_types::EventTypeMutations,
    api_keys::ApiKeyMutations,
    tenants::TenantMutations,
);
