//! One layer around every request; several would each cost allocations, and publishing is called very often.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::IdSource;

use super::context::{self, REQUEST_ID};
use super::headers;
use super::observe::{Asked, Meters};

/// What every request gets.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) meters: Meters,
}

/// Reads or makes the request's id and sends it back as `X-Request-Id`, adds safe headers, counts and logs.
pub(crate) async fn surround(
    State(surroundings): State<Surroundings>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let (call, id) = context::read(request.headers(), &*surroundings.ids);
    let asked = Asked::of(&request);
    request.extensions_mut().insert(call.clone());
    let mut response = next.run(request).await;
    headers::secure(response.headers_mut());
    response.headers_mut().insert(REQUEST_ID, id);
    surroundings.meters.note(&asked, &call, response.status(), started.elapsed());
    response
}
