//! `POST /graphql` itself: media types, shapes, limits, introspection, nodes, the schema's file.

mod audits;
mod batch;
mod errors;
mod introspection;
mod limits;
mod node;
mod publish;
mod schema;
mod viewer;
