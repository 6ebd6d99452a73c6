//! GraphQL, event ingestion over HTTP, authentication.
