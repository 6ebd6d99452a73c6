//! The OpenAPI document of the HTTP part, as it stands in `schemas/openapi/hookledger.json`.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// The document, byte for byte.
pub const DOCUMENT: &str = include_str!("../../../schemas/openapi/hookledger.json");

/// `GET /openapi.json`.
pub(crate) async fn document() -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], DOCUMENT).into_response()
}
