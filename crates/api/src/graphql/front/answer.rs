//! From outcomes to HTTP responses.

use async_graphql::ServerError;
use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::graphql::execute::Outcome;
use crate::graphql::wire::Wire;
use crate::media;

/// What a response can be sent as, the preferred first, what is sent without a preference last.
const OFFERS: [&str; 2] = ["application/graphql-response+json", "application/json"];

/// How the caller wants the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`.
    GraphQL,
    /// `application/json`: such clients read the status first and the body only of a success.
    Json,
}

impl Media {
    /// What the `Accept` header asks for; `None` if it accepts neither.
    pub(super) fn wanted(headers: &HeaderMap) -> Option<Self> {
        media::negotiate(headers, &OFFERS)
            .map(|offer| if offer == OFFERS[0] { Self::GraphQL } else { Self::Json })
    }

    /// The type that a response with this status is sent as: a failure always says that it is a GraphQL response, since
    /// nobody could tell it from one of a proxy otherwise.
    const fn content_type(self, success: bool) -> HeaderValue {
        match self {
            Self::Json if success => HeaderValue::from_static("application/json; charset=utf-8"),
            Self::Json | Self::GraphQL => {
                HeaderValue::from_static("application/graphql-response+json; charset=utf-8")
            }
        }
    }
}

/// Fields failed, others did not: a code of the GraphQL-over-HTTP draft, only for those who know its media type.
const PARTIAL_SUCCESS: u16 = 294;

/// One operation was executed, or refused.
pub(super) fn one(outcome: &Outcome, media: Media) -> Response {
    let status = match outcome {
        Outcome::Refused { status, .. } => *status,
        Outcome::Executed(response) if response.is_err() && media == Media::GraphQL => {
            StatusCode::from_u16(PARTIAL_SUCCESS).expect("294 is a status")
        }
        Outcome::Executed(_) => StatusCode::OK,
    };
    write(status, media, &Wire::of(outcome))
}

/// A list was carried out; what became of each operation stands in its place.
pub(super) fn batch(outcomes: &[Outcome], media: Media) -> Response {
    write(StatusCode::OK, media, &outcomes.iter().map(Wire::of).collect::<Vec<_>>())
}

/// Nothing was carried out.
pub(super) fn refused(status: StatusCode, media: Media, error: ServerError) -> Response {
    write(status, media, &Wire::errors(&[error]))
}

fn write(status: StatusCode, media: Media, body: &impl serde::Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("GraphQL values can be written as JSON");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, media.content_type(status.is_success()));
    response
}
