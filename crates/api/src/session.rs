//! `/session`: signing in to the console and out of it.
//!
//! A browser exchanges an API key, or the ticket of a development server, for a cookie that scripts cannot read and
//! that is sent only to this service. Requests of other sites are turned away, so that nobody can be signed in or out
//! by a link.

use app::auth::{AuthError, Proof, SESSION_AGE_MAX, SignedIn};
use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use crate::auth::{self, Denied, SESSION_COOKIE};
use crate::body::{self, BodyError};
use crate::media;
use crate::problem::{Kind, Problem};
use crate::state::ApiState;

/// The bytes that a request to sign in may have.
const BODY_BYTES_MAX: usize = 1_024;

/// What somebody signs in with.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wish<'a> {
    /// An API key.
    Key(&'a str),
    /// The ticket of a link.
    Ticket(&'a str),
}

/// Whether somebody is signed in.
#[derive(Serialize)]
struct Answer {
    signed_in: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

/// `GET`: whether the browser's session is good. Never an error: a page asks before it knows.
pub(crate) async fn look(State(state): State<ApiState>, headers: HeaderMap) -> Response {
    let session = auth::session(&headers).filter(|_| auth::is_same_origin(&headers));
    let signed_in = session.is_some_and(|session| state.app().authenticate_session(session).is_ok());
    Json(Answer { signed_in, until: None }).into_response()
}

/// `POST`: begins a session.
pub(crate) async fn begin(State(state): State<ApiState>, request: Request) -> Response {
    sign_in(&state, request).await.unwrap_or_else(Problem::into_response)
}

/// `DELETE`: ends the session. Ending none is agreed to.
pub(crate) async fn end(State(state): State<ApiState>, headers: HeaderMap) -> Response {
    if !auth::is_same_origin(&headers) {
        return Problem::from(Denied::CrossSite).into_response();
    }
    if let Some(session) = auth::session(&headers) {
        state.app().sign_out(session);
    }
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie(&state, "", 0))]).into_response()
}

async fn sign_in(state: &ApiState, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if !auth::is_same_origin(&parts.headers) {
        return Err(Denied::CrossSite.into());
    }
    media::check_json_body(&parts.headers)
        .map_err(|error| Problem::new(Kind::UnsupportedMediaType, error.to_string()))?;
    let body = body::read(&parts.headers, body, BODY_BYTES_MAX).await.map_err(|error| unread(&error))?;
    let wish: Wish<'_> = serde_json::from_slice(&body)
        // The text of the error could hold a part of the key.
        .map_err(|_| {
            Problem::new(Kind::MalformedJson, "send {\"key\": \"hk_...\"} or {\"ticket\": \"ht_...\"}")
        })?;
    let proof = match wish {
        Wish::Key(key) => Proof::Key(key),
        Wish::Ticket(ticket) => Proof::Ticket(ticket),
    };
    let signed_in = state.app().sign_in(proof).map_err(|error| refused(&error))?;
    Ok(begun(state, &signed_in))
}

/// The challenge of a bearer token is left out: the browser would have to ask for something that it did not send.
fn refused(error: &AuthError) -> Problem {
    match error {
        AuthError::Suspended => Problem::new(Kind::Forbidden, error.to_string()),
        _ => Problem::new(Kind::Unauthenticated, error.to_string()),
    }
}

fn unread(error: &BodyError) -> Problem {
    let kind = match error {
        BodyError::TooLarge { .. } => Kind::BodyTooLarge,
        BodyError::TooSlow => Kind::RequestTimeout,
        BodyError::Broken => Kind::MalformedJson,
    };
    Problem::new(kind, error.to_string())
}

fn begun(state: &ApiState, signed_in: &SignedIn) -> Response {
    let cookie = cookie(state, signed_in.token.expose_secret(), SESSION_AGE_MAX.as_secs());
    let answer = Answer { signed_in: true, until: Some(signed_in.until.to_string()) };
    ([(SET_COOKIE, cookie)], Json(answer)).into_response()
}

/// The session as a cookie: out of reach for scripts, never sent along from other sites.
fn cookie(state: &ApiState, session: &str, seconds: u64) -> HeaderValue {
    let secure = if state.config().secure_cookies { "; Secure" } else { "" };
    let text =
        format!("{SESSION_COOKIE}={session}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    let mut value = HeaderValue::from_str(&text).expect("a token is visible ASCII");
    value.set_sensitive(true);
    value
}
