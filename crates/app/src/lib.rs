//! The use cases: what an actor may ask for, whoever carries the request.
//!
//! Every use case is a method of [`App`] that takes a [`Request`] first: who asks, and as part of what. It checks the
//! scope, the tenant and the bounds, decides through the domain, appends to the ledger, and answers with what was
//! recorded or with a typed refusal. An id of another tenant is answered exactly like one that does not exist.
//!
//! Promise: what was answered as done is in the ledger, under the name of who asked. A change to keys, tenants, event
//! types or subscriptions is effective for every later call on this node when the answer comes.
//!
//! Elsewhere: lists and counts in `projections`, sending in `delivery`, HTTP and GraphQL in `api`.

mod app;
mod bounds;
mod census;
mod change;
mod decide;
mod error;
mod folds;
mod history;
mod hold_back;
mod platform;
mod request;

pub mod api_keys;
pub mod auth;
pub mod bootstrap;
pub mod bulk;
pub mod catalog;
pub mod deliveries;
pub mod event_types;
pub mod events;
pub mod inboxes;
pub mod matches;
pub mod playground;
pub mod publish;
pub mod records;
pub mod subscriptions;
pub mod tenants;
pub mod views;

pub use app::{App, Parts};
pub use bounds::{Bounds, OutOfBounds};
pub use change::Changed;
pub use error::{Error, Fault, Refused};
pub use history::{Entry, HISTORY_PAGE_MAX, History};
pub use hold_back::HoldBack;
pub use request::{Correlation, CorrelationError, Request, TraceParent};
