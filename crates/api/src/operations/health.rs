//! Whether the process lives, and whether it can do its work.

use std::time::Duration;

use async_graphql::async_trait::async_trait;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::future::join_all;
use http::StatusCode;
use serde::Serialize;
use tokio::time::timeout;

use crate::state::ApiState;

/// How long a probe may take before it counts as failed.
const PROBE_TIME_MAX: Duration = Duration::from_secs(2);

/// Something that must work for the service to be ready. The binary hands in one for each part.
#[async_trait]
pub trait Probe: Send + Sync {
    /// What it looks at: stable, lower case, such as `ledger`.
    fn name(&self) -> &'static str;

    /// Whether it works. Must not change anything.
    async fn check(&self) -> Result<(), Unready>;
}

/// Why a part is not ready, in words for operators; shown to anybody who asks, so without secrets and addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unready(pub String);

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// `GET /livez`: 200 as long as requests are served at all.
pub(crate) async fn livez() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 if every part works, 503 otherwise, with a reason for each that does not.
pub(crate) async fn readyz(State(state): State<ApiState>) -> Response {
    let checks = join_all(state.probes().iter().map(|probe| async {
        let result = timeout(PROBE_TIME_MAX, probe.check()).await;
        let reason = match result {
            Ok(Ok(())) => None,
            Ok(Err(unready)) => Some(unready.to_string()),
            Err(_) => Some(format!("no answer within {} s", PROBE_TIME_MAX.as_secs())),
        };
        Check { name: probe.name(), ready: reason.is_none(), reason }
    }));
    let checks = checks.await;
    let ready = checks.iter().all(|check| check.ready);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, checks })).into_response()
}
