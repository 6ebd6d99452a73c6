//! Counts and logs requests. Bodies, queries and credentials are never part of it.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, histogram};
use tracing::debug;

use super::CallContext;

/// What requests to no route at all are counted under, so that a scanner does not make up series.
const NO_ROUTE: &str = "none";

/// Counts the request and how long it took by route, method and status, and logs it at debug level.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = method_name(&request);
    let call = request.extensions().get::<CallContext>().cloned();
    let response = next.run(request).await;
    let (elapsed, status) = (started.elapsed(), response.status().as_u16());
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    debug!(
        request.id = call.as_ref().map(|call| &*call.request_id),
        http.method = method,
        http.route = route,
        http.status = status,
        duration_ms = elapsed.as_secs_f64() * 1_000.0,
        "answered a request"
    );
    counter!("hookledger_http_requests_total", "route" => route.clone(), "method" => method, "status" => status.to_string())
        .increment(1);
    histogram!("hookledger_http_request_duration_seconds", "route" => route, "method" => method)
        .record(elapsed.as_secs_f64());
    response
}

/// The method, if it is one that is served anywhere.
fn method_name(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        _ => "other",
    }
}
