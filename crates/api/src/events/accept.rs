//! The handler: authenticate, read, publish, answer.

use app::Error;
use app::publish::{IdempotencyKey, PublishOptions, Refusal};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use failpoints::Point;
use http::{HeaderMap, HeaderName};

use super::answer::{accepted, body_problem, publish_problem, unreadable_problem};
use super::mode::Mode;
use super::read::{Batch, Unreadable, Writing};
use super::{cloudevents, read};
use crate::auth;
use crate::body;
use crate::middleware::CallContext;
use crate::problem::{Kind, Problem};
use crate::shares::RETRY_AFTER_S;
use crate::state::ApiState;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// What surrounds the events of a call: brackets, members' names, times and sources.
const ENVELOPE_BYTES_MAX: usize = 1024 * 1024;

/// Accepts the events in the body, durably and all or none.
pub(crate) async fn accept(
    State(state): State<ApiState>,
    Extension(call): Extension<CallContext>,
    request: Request,
) -> Response {
    match publish(&state, &call, request).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn publish(state: &ApiState, call: &CallContext, request: Request) -> Result<Response, Problem> {
    failpoints::reach(Point::PublishReceived);
    let (parts, body) = request.into_parts();
    let caller = auth::authenticate(state.app(), &parts.headers, call)?;
    let _share = state
        .shares()
        .take(caller.tenant())
        .map_err(|taken| Problem::new(Kind::TooManyRequests, taken.to_string()).retry_after(RETRY_AFTER_S))?;
    let mode = Mode::of(&parts.headers)
        .map_err(|error| Problem::new(Kind::UnsupportedMediaType, error.to_string()))?;
    let options = PublishOptions { idempotency_key: idempotency_key(&parts.headers)? };
    let bounds = state.app().bounds();
    let bytes_max = bounds.publish_bytes.saturating_add(ENVELOPE_BYTES_MAX);
    let bytes = body::read(&parts.headers, body, bytes_max).await.map_err(|error| body_problem(&error))?;
    let read = events_of(mode, &parts.headers, &bytes, bounds.events_per_publish);
    let mut batch = read.map_err(unreadable_problem)?;
    drop(bytes);
    let events = std::mem::take(&mut batch.events);
    let published = state.app().publish(&caller, events, options).await;
    failpoints::reach(Point::BeforeAcknowledge);
    match published {
        Ok(published) => Ok(accepted(&published)),
        // A batch of CloudEvents may be empty.
        Err(Error::Refused(Refusal::Empty)) if batch.writing == Writing::CloudEvents => Ok(accepted(&[])),
        Err(error) => Err(publish_problem(error, &batch, call)),
    }
}

fn events_of(mode: Mode, headers: &HeaderMap, body: &[u8], max: usize) -> Result<Batch, Unreadable> {
    match mode {
        Mode::Plain => read::read(body, max),
        Mode::Structured => cloudevents::structured(body),
        Mode::Batch => cloudevents::list(body, max),
        Mode::Binary => cloudevents::binary(headers, body),
    }
}

/// The key as it stands in the header, or in the quotes of a structured field.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let malformed = |detail: String| Problem::new(Kind::MalformedHeader, detail);
    if given.next().is_some() {
        return Err(malformed("send one Idempotency-Key, not several".into()));
    }
    let text = value.to_str().unwrap_or_default().trim();
    let text = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    IdempotencyKey::new(text).map(Some).map_err(|error| malformed(format!("Idempotency-Key: {error}")))
}
