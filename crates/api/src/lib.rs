//! GraphQL, event ingestion over HTTP, live feeds over WebSocket, health and metrics.
//!
//! [`Front`] serves everything from an [`ApiState`], which the binary puts together from the use cases, the views and
//! the ledger. Nothing is decided here: handlers and resolvers read what was sent, call one use case, and shape the
//! answer. Refusals are data (or problem documents), faults are logged once and told without their causes.
//!
//! Promise: whatever is sent, an answer comes within a deadline, and nothing that a caller sends makes memory grow
//! beyond a bound that has a name.
//!
//! Elsewhere: rules and permission in `app`, tables and queries in `projections`.

#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait for something or not")]

mod auth;
mod body;
mod events;
mod faults;
mod front;
mod graphql;
mod list;
mod media;
mod middleware;
mod openapi;
mod operations;
mod problem;
mod router;
mod session;
mod shares;
mod state;

pub use front::Front;
pub use graphql::{Limits, SocketLimits, schema_sdl};
pub use openapi::{ASYNCAPI as ASYNCAPI_DOCUMENT, DOCUMENT as OPENAPI_DOCUMENT};
pub use operations::{Probe, Unready};
pub use problem::{Flaw, Kind, Problem};
pub use state::{ApiState, Config, Parts, RenderMetrics};
