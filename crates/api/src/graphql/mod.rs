//! GraphQL: the front that guards it, the schema, and the sockets for live feeds.
//!
//! A request passes the *front* (media types, credentials, size), the *guard* (tokens, nesting, expanded size), the
//! library's validation and complexity limit, and then the resolvers in `query/`, `mutations/` and `subscriptions/`.
//! What they may reach is a [`scope`](self::scope::Scope): one for each request, with its own loaders and budget.

mod connection;
mod entity;
mod errors;
mod execute;
mod feed;
mod front;
mod guard;
mod limits;
mod loaders;
mod model;
mod mutations;
mod query;
mod schema;
mod scope;
mod socket;
mod subscriptions;
mod wire;

pub use limits::Limits;
pub use schema::schema_sdl;
pub use socket::SocketLimits;

pub(crate) use feed::Feed;
pub(crate) use front::handle;
pub(crate) use schema::{ApiSchema, build_schema};
pub(crate) use socket::upgrade;
