//! What a publish call is answered with.

use app::publish::{Accepted, Refusal};
use app::{Error, Refused};
use axum::body::Body;
use axum::response::Response;
use domain::{EventId, Position};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use super::read::{Batch, Unreadable};
use crate::body::BodyError;
use crate::faults;
use crate::middleware::CallContext;
use crate::problem::{Flaw, Kind, Problem};

#[derive(Serialize)]
struct Answer<'a> {
    events: Vec<Event<'a>>,
}

#[derive(Serialize)]
struct Event<'a> {
    id: EventId,
    position: Position,
    duplicate: bool,
    /// What the schema of its type does not allow, although it was accepted.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [catalog::Problem],
}

impl<'a> Event<'a> {
    fn of(accepted: &'a Accepted) -> Self {
        let Accepted { id, position, duplicate, warnings } = accepted;
        Self { id: *id, position: *position, duplicate: *duplicate, warnings }
    }
}

/// The events are in the ledger.
pub(super) fn accepted(published: &[Accepted]) -> Response {
    let answer = Answer { events: published.iter().map(Event::of).collect() };
    let body = serde_json::to_vec(&answer).expect("ids and positions can be written");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::ACCEPTED;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The body did not come.
pub(super) fn body_problem(error: &BodyError) -> Problem {
    let kind = match error {
        BodyError::TooLarge { .. } => Kind::BodyTooLarge,
        BodyError::TooSlow => Kind::RequestTimeout,
        BodyError::Broken => Kind::MalformedJson,
    };
    Problem::new(kind, error.to_string())
}

/// The body came, and holds no events.
pub(super) fn unreadable_problem(error: Unreadable) -> Problem {
    match error {
        Unreadable::Malformed(reason) => Problem::new(Kind::MalformedJson, reason),
        Unreadable::TooMany { found, max } => Problem::new(
            Kind::BodyTooLarge,
            format!("{found} events given, at most {max} are allowed in one call"),
        ),
        Unreadable::Flawed(flaws) => {
            let detail = match &*flaws {
                [only] => only.detail.clone(),
                several => format!("{} things are wrong; see \"errors\"", several.len()),
            };
            Problem::new(Kind::InvalidEvent, detail).with_errors(flaws)
        }
    }
}

/// The events were not accepted.
pub(super) fn publish_problem(error: Error<Refusal>, batch: &Batch, call: &CallContext) -> Problem {
    match error {
        Error::Refused(refusal) => refused(&refusal, batch),
        other => faults::problem(other, call),
    }
}

fn refused(refusal: &Refusal, batch: &Batch) -> Problem {
    let kind = match refusal {
        Refusal::TooMany { .. } | Refusal::TooLarge { .. } => Kind::BodyTooLarge,
        Refusal::DataTooLarge { .. } | Refusal::MetadataTooLarge { .. } => Kind::BodyTooLarge,
        Refusal::UnknownType { .. } | Refusal::ArchivedType { .. } | Refusal::UnknownVersion { .. } => {
            Kind::UnknownEventType
        }
        Refusal::KeyReused { .. } => Kind::KeyReused,
        Refusal::Empty
        | Refusal::Invalid { .. }
        | Refusal::MetadataNotObject { .. }
        | Refusal::Version { .. }
        | Refusal::KeyRepeated { .. } => Kind::InvalidEvent,
    };
    let member = match refusal {
        Refusal::DataTooLarge { .. } => "/data",
        Refusal::MetadataTooLarge { .. } | Refusal::MetadataNotObject { .. } => "/metadata",
        Refusal::Version { .. } | Refusal::UnknownVersion { .. } => "/version",
        Refusal::Invalid { .. } => "/data",
        Refusal::UnknownType { .. } | Refusal::ArchivedType { .. } => "/type",
        Refusal::KeyRepeated { .. } | Refusal::KeyReused { .. } => "/id",
        Refusal::Empty | Refusal::TooMany { .. } | Refusal::TooLarge { .. } => "",
    };
    let base = refusal.index().map_or_else(String::new, |index| batch.pointer(index));
    let detail = refusal.to_string();
    let member = batch.member(member);
    if let Refusal::Invalid { problems, .. } = refusal {
        // One flaw for each rule that is broken, at its place in the data.
        let flaw = |problem: &catalog::Problem| Flaw {
            pointer: format!("{base}{member}{}", problem.path),
            code: refusal.code(),
            detail: format!(
                "{} (rule \"{}\" of the schema at \"{}\")",
                problem.message, problem.rule, problem.schema_path
            ),
        };
        return Problem::new(kind, detail).with_errors(problems.iter().map(flaw).collect());
    }
    let flaw = Flaw { pointer: format!("{base}{member}"), code: refusal.code(), detail: detail.clone() };
    Problem::new(kind, detail).with_errors(vec![flaw])
}
