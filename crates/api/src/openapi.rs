//! The documents of the API: what is served as OpenAPI, what subscribers receive as AsyncAPI.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// The OpenAPI document, byte for byte.
pub const DOCUMENT: &str = include_str!("../../../schemas/openapi/hookledger.json");

/// The AsyncAPI document, byte for byte.
pub const ASYNCAPI: &str = include_str!("../../../schemas/asyncapi/hookledger.json");

/// `GET /openapi.json`.
pub(crate) async fn document() -> Response {
    json(DOCUMENT)
}

/// `GET /asyncapi.json`.
pub(crate) async fn asyncapi() -> Response {
    json(ASYNCAPI)
}

fn json(document: &'static str) -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], document).into_response()
}
