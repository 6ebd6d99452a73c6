//! `GET /metrics`: counters and histograms in Prometheus' text format.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::Scope;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::auth;
use crate::middleware::CallContext;
use crate::problem::{Kind, Problem};
use crate::state::ApiState;

const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Renders the metrics, for callers with the scope `operate`, or for all where the configuration says so.
pub(crate) async fn metrics(
    State(state): State<ApiState>,
    Extension(call): Extension<CallContext>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !state.config().metrics_open {
        let request = auth::authenticate(state.app(), &headers, &call)?;
        if !request.caller().may(Scope::Operate) {
            return Err(Problem::new(Kind::Forbidden, "this needs the scope \"operate\""));
        }
    }
    let Some(text) = state.render_metrics() else {
        return Err(Problem::new(Kind::NotFound, "this process does not collect metrics"));
    };
    Ok(([(CONTENT_TYPE, TEXT_FORMAT)], text).into_response())
}
