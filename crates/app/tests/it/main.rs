//! The use cases, each with its refusals, on a ledger in memory, with a real vault, a clock that is set by hand and
//! seeded chance.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

// Tests call the crate as the rest of the workspace does.
extern crate hookledger_app as app;

mod api_keys;
mod auth;
mod bootstrap;
mod catalogue;
mod deliveries;
mod endpoint;
mod event_types;
mod follow;
mod history;
mod isolation;
mod ledgers;
mod matches;
mod publish;
mod secrets;
mod subscriptions;
mod tenants;
mod verify;
mod world;
