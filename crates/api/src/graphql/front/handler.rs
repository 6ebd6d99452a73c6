//! The handler: method, media types, credentials, body; then each operation in turn.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::Operation;
use super::answer::{self, Media};
use super::request::{self, Unreadable, Wish};
use crate::auth::{self, Denied};
use crate::body::{self, BodyError};
use crate::graphql::errors::coded;
use crate::graphql::execute::{Outcome, Runner};
use crate::graphql::scope::Scope;
use crate::media as types;
use crate::middleware::CallContext;
use crate::problem::challenge;
use crate::shares::RETRY_AFTER_S;
use crate::state::ApiState;

/// Serves one request, whatever its method.
pub(crate) async fn handle(
    State(state): State<ApiState>,
    Extension(call): Extension<CallContext>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Some(media) = Media::wanted(&parts.headers) else {
        let error = coded("NOT_ACCEPTABLE", "accept application/graphql-response+json or application/json");
        return answer::refused(StatusCode::NOT_ACCEPTABLE, Media::GraphQL, error);
    };
    if parts.method != Method::POST {
        let error = coded("METHOD_NOT_ALLOWED", "send GraphQL requests by POST");
        let mut response = answer::refused(StatusCode::METHOD_NOT_ALLOWED, media, error);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let caller = match auth::authenticate_any(state.app(), &parts.headers, &call) {
        Ok(caller) => caller,
        Err(denied) => return turned_away(&denied, media),
    };
    let _share = match state.shares().take(caller.tenant()) {
        Ok(share) => share,
        Err(taken) => {
            let error = coded("TOO_MANY_REQUESTS", taken.to_string());
            return later(answer::refused(StatusCode::TOO_MANY_REQUESTS, media, error));
        }
    };
    if let Err(error) = types::check_json_body(&parts.headers) {
        return answer::refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            media,
            coded("UNSUPPORTED_MEDIA_TYPE", error.to_string()),
        );
    }
    let limits = &state.config().graphql;
    let wish = match body::read(&parts.headers, body, limits.body_bytes_max).await {
        Ok(bytes) => request::read(&bytes, limits.batch_max),
        Err(error) => return unread(&error, media),
    };
    let scope = Arc::new(Scope::new(state.clone(), caller, call));
    match wish {
        Ok(wish) => carry_out(&state, &scope, wish, media).await,
        Err(error) => {
            let status = match error {
                Unreadable::Malformed(_) => StatusCode::BAD_REQUEST,
                Unreadable::Shape(_) | Unreadable::Batch { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            };
            answer::refused(status, media, coded(error.code(), error.to_string()))
        }
    }
}

/// Operations of a list run one after the other, under one deadline and one budget.
async fn carry_out(state: &ApiState, scope: &Arc<Scope>, wish: Wish, media: Media) -> Response {
    let deadline = Instant::now() + state.config().graphql.deadline;
    match wish {
        Wish::One(operation) => {
            let outcome = run(state, scope, *operation, deadline).await;
            let response = answer::one(&outcome, media);
            if response.status() == StatusCode::SERVICE_UNAVAILABLE { later(response) } else { response }
        }
        Wish::Batch(operations) => {
            let mut outcomes = Vec::with_capacity(operations.len());
            for operation in operations {
                outcomes.push(run(state, scope, operation, deadline).await);
            }
            answer::batch(&outcomes, media)
        }
    }
}

async fn run(state: &ApiState, scope: &Arc<Scope>, operation: Operation, deadline: Instant) -> Outcome {
    let runner = Runner::new(state, scope);
    match timeout_at(deadline, runner.execute(operation)).await {
        Ok(outcome) => outcome,
        Err(_) => Outcome::refused(
            StatusCode::SERVICE_UNAVAILABLE,
            coded(
                "DEADLINE_EXCEEDED",
                "the request took too long and was given up; a mutation may or may not have taken effect",
            ),
        ),
    }
}

/// The answer, to be asked for again after a moment.
fn later(mut response: Response) -> Response {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
    response
}

fn turned_away(denied: &Denied, media: Media) -> Response {
    if denied.is_forbidden() {
        return answer::refused(StatusCode::FORBIDDEN, media, coded("FORBIDDEN", denied.to_string()));
    }
    let error = coded("UNAUTHENTICATED", denied.to_string());
    let mut response = answer::refused(StatusCode::UNAUTHORIZED, media, error);
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge(denied.challenge()));
    response
}

fn unread(error: &BodyError, media: Media) -> Response {
    let (status, code) = match error {
        BodyError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE"),
        BodyError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT"),
        BodyError::Broken => (StatusCode::BAD_REQUEST, "MALFORMED_JSON"),
    };
    answer::refused(status, media, coded(code, error.to_string()))
}
