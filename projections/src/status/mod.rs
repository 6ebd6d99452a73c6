//! What there is and how it fares, for people: tenants, API keys, event types, subscriptions, events, deliveries.
//!
//! Only what lists show and filter by. The data of an event and the attempts of a delivery are read from the ledger, by
//! their streams. Every query names its tenant; what belongs to another one is as if it were not there.

mod api_key;
mod delivery;
mod event;
mod event_type;
#[cfg(test)]
mod plans;
mod query;
mod subscription;
mod tenant;
#[cfg(test)]
mod tests;
mod view;

pub use api_key::ApiKey;
pub use delivery::{DeadLetterGroup, DeadLetterGroups, Delivery, DeliveryFilter, DeliveryState, StatusClass};
pub use event::{Event, EventCursor, EventFilter};
pub use event_type::EventType;
pub use query::Status;
pub use subscription::{LastAttempt, Secret, Subscription, SubscriptionFilter, SubscriptionState};
pub use tenant::Tenant;

pub(crate) use view::StatusView;
