//! Refusals and faults over HTTP, as RFC 9457 problem documents.
//!
//! Every problem has a *kind*: a stable name that programs branch on, with a title, a status and a page of its own at
//! `/problems/<name>`. The detail says what is wrong this time and what to do; where several things are wrong at once,
//! each is listed with a JSON pointer into the body.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $status:ident, $title:literal, $help:literal;)+) => {
        /// What kind of problem it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $($(#[$doc])* $name,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The last segment of the problem's type.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)+ }
            }

            /// The status that it is answered with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// What it is called, whatever the details.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// What to do about it, in general.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)+ }
            }
        }
    };
}

kinds! {
    /// The body is not JSON.
    MalformedJson = "malformed-json", BAD_REQUEST, "The body is not JSON",
        "The detail names the line and column where the JSON ends to make sense. Numbers, escapes and repeated keys inside \"data\" are kept as they are; only the syntax must be right.";
    /// A header is not what it should be.
    MalformedHeader = "malformed-header", BAD_REQUEST, "A header is malformed",
        "The detail names the header and what it may hold.";
    /// No credentials, or bad ones.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "An API key is needed",
        "Send \"Authorization: Bearer hk_...\" with a key that exists, is not expired and not revoked.";
    /// Credentials that do not allow it.
    Forbidden = "forbidden", FORBIDDEN, "The API key does not allow this",
        "The detail names the scope that is missing. Issue a key that has it.";
    /// Nothing is here.
    NotFound = "not-found", NOT_FOUND, "There is nothing here",
        "Check the path and the id. What belongs to another tenant cannot be told from what does not exist.";
    /// The path has other methods.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "The method is not allowed here",
        "The Allow header lists the methods that are.";
    /// The caller took too long to send its body.
    RequestTimeout = "request-timeout", REQUEST_TIMEOUT, "The body took too long to arrive",
        "Send the request again, over a faster connection or in smaller parts.";
    /// The body is larger than the limit.
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "The body is too large",
        "The detail names the limit. Send fewer events in one call, or smaller ones.";
    /// The body is of another type.
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body has a type that is not understood",
        "Send JSON in UTF-8 with \"Content-Type: application/json\", not compressed.";
    /// An event is not well formed.
    InvalidEvent = "invalid-event", UNPROCESSABLE_ENTITY, "An event is not valid",
        "The list of errors names each place by its JSON pointer. Nothing of the call was recorded.";
    /// The type of an event is not registered.
    UnknownEventType = "unknown-event-type", UNPROCESSABLE_ENTITY, "The event type is not registered",
        "Register it with the GraphQL mutation registerEventType, then send the event again. Nothing of the call was recorded.";
    /// An id or key was used for something else.
    KeyReused = "key-reused", UNPROCESSABLE_ENTITY, "The id was used before, for something else",
        "An event with the same id (or Idempotency-Key) exists with other content. Repeat the call with exactly the same content, or choose a new id.";
    /// Too many calls.
    TooManyRequests = "too-many-requests", TOO_MANY_REQUESTS, "Too many requests",
        "Wait as long as the Retry-After header says, then go on more slowly.";
    /// The server has its hands full, or cannot record at the moment.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The service cannot take this at the moment",
        "Try again after the time in the Retry-After header. With an id or an Idempotency-Key, repeating a publish call is safe.";
    /// Our fault.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side",
        "The fault has been logged under the id in the X-Request-Id header; give that to whoever runs the service.";
}

impl Kind {
    /// The problem's type: a reference relative to the address of the service.
    pub fn uri(self) -> String {
        format!("/problems/{}", self.slug())
    }

    /// The kind with this slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }
}

/// One thing that is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// Where: a JSON pointer (RFC 6901), empty for the whole body.
    pub pointer: String,
    /// What kind: stable, lower case with underscores.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub detail: String,
}

/// A problem as it is sent.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<Flaw>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// The most flaws that one problem lists.
    pub const FLAWS_MAX: usize = 20;

    /// A problem of this kind; `detail` says what is wrong this time, and what to do.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// The same, with what is wrong where; beyond [`Problem::FLAWS_MAX`] the rest is left out.
    #[must_use]
    pub fn with_errors(mut self, mut errors: Vec<Flaw>) -> Self {
        errors.truncate(Self::FLAWS_MAX);
        self.errors = errors;
        self
    }

    /// The same, to be repeated no sooner than in so many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// The same, with a header.
    #[must_use]
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Credentials are missing or bad; `error` is the code of RFC 6750 if some were given.
    pub(crate) fn unauthenticated(detail: impl Into<String>, error: Option<&'static str>) -> Self {
        Self::new(Kind::Unauthenticated, detail).with_header(WWW_AUTHENTICATE, challenge(error))
    }

    /// The kind.
    pub const fn kind(&self) -> Kind {
        self.kind
    }
}

/// What a caller without good credentials is told to bring.
pub(crate) const fn challenge(error: Option<&'static str>) -> HeaderValue {
    match error {
        None => HeaderValue::from_static("Bearer realm=\"hookledger\""),
        Some(_) => HeaderValue::from_static("Bearer realm=\"hookledger\", error=\"invalid_token\""),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    uri: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[Flaw]>::is_empty")]
    errors: &'a [Flaw],
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = Document {
            uri: self.kind.uri(),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        };
        let body = serde_json::to_vec(&document).expect("a problem has text keys only");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.kind.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.headers);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_is_found_by_it() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_slug(kind.slug()), Some(*kind));
            assert!(kind.status().is_client_error() || kind.status().is_server_error());
        }
    }

    #[test]
    fn no_more_flaws_are_listed_than_the_bound() {
        let flaw = Flaw { pointer: "/type".into(), code: "missing", detail: String::new() };
        let problem = Problem::new(Kind::InvalidEvent, "").with_errors(vec![flaw; 100]);
        assert_eq!(problem.errors.len(), Problem::FLAWS_MAX);
    }
}
