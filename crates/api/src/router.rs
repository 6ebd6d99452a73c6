//! Every path of the API, with what happens around each of them.

use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Router, http::Uri};
use tower_http::catch_panic::CatchPanicLayer;

use crate::middleware::{PUBLISH_PATH, Room, Surroundings, answer_panic, surround, within_room};
use crate::problem::{Kind, Problem};
use crate::state::ApiState;
use crate::{events, graphql, openapi, operations, session};

/// Every path, with what happens around it. `beside` are paths beside the API's own: the console's pages.
pub(crate) fn router(state: ApiState, room: Room, surroundings: Surroundings, beside: Router) -> Router {
    // Work has bounded room; whether the process lives must be told even when there is none.
    let work = Router::new()
        .route(PUBLISH_PATH, post(events::accept))
        .route("/graphql", any(graphql::handle))
        .route("/graphql/ws", any(graphql::upgrade))
        .route_layer(from_fn_with_state(room, within_room));
    let rest = Router::new()
        .route("/session", get(session::look).post(session::begin).delete(session::end))
        .route("/", get(operations::index))
        .route("/livez", get(operations::livez))
        .route("/readyz", get(operations::readyz))
        .route("/metrics", get(operations::metrics))
        .route("/openapi.json", get(openapi::document))
        .route("/asyncapi.json", get(openapi::asyncapi))
        .route("/problems/{name}", get(operations::explain));
    work.merge(rest)
        .merge(beside.with_state(()))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        // Handlers read bodies themselves, with limits of their own.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(from_fn_with_state(surroundings, surround))
        .with_state(state)
}

async fn not_found(uri: Uri) -> Response {
    const SHOWN_CHARS_MAX: usize = 128;
    let path: String = uri.path().chars().take(SHOWN_CHARS_MAX).collect();
    Problem::new(Kind::NotFound, format!("there is nothing at {path}")).into_response()
}

/// The router itself adds the `Allow` header.
async fn method_not_allowed() -> Response {
    Problem::new(Kind::MethodNotAllowed, "the Allow header lists the methods of this path").into_response()
}
