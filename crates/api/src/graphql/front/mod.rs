//! GraphQL over HTTP: what comes in, what is let through, what goes out.
//!
//! Follows the GraphQL-over-HTTP draft of August 2026: POST only, JSON in, and out either
//! `application/graphql-response+json` or, for who asks for nothing better, `application/json`. A request that is
//! refused as a whole has a 4xx status and no `data`; one that was executed has 200, or 294 where fields failed and the
//! caller knows the newer media type.

mod answer;
mod handler;
mod request;

pub(crate) use handler::handle;
pub(crate) use request::Operation;
