//! The API through its router, over real views and a ledger in memory, with a clock that is set by hand.
//!
//! One folder per resource, one file per verb; `support` makes the service and asks it.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod analytics;
mod api_keys;
mod bulk;
mod deliveries;
mod event_types;
mod events;
mod graphql;
mod inboxes;
mod live;
mod operations;
mod playground;
mod session;
mod subscriptions;
mod support;
mod tenants;
