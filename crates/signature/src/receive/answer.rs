//! What the layer answers itself: RFC 9457 problems that name the reason and no secret.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

use crate::Rejection;

/// When to try again a message that is being handled at this moment.
const RETRY_IN_PROGRESS_S: u16 = 1;

/// When to try again after the replay memory could not take a message.
const RETRY_MEMORY_S: u16 = 10;

/// Why the inner service does not get to see a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error(transparent)]
    Rejected(#[from] Rejection),
    #[error("the body has more than {bytes_max} bytes")]
    BodyTooLong { bytes_max: usize },
    #[error("the body broke off")]
    BodyBroken,
    #[error("this message is being handled right now")]
    InProgress,
    #[error("this message was handled before")]
    Replayed,
    #[error("no room to remember one more message")]
    MemoryFull,
    #[error("the memory of handled messages is out of reach")]
    MemoryUnavailable,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Rejected(rejection) if rejection.is_malformed() => StatusCode::BAD_REQUEST,
            Self::Rejected(_) => StatusCode::UNAUTHORIZED,
            Self::BodyTooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyBroken => StatusCode::BAD_REQUEST,
            Self::InProgress | Self::Replayed => StatusCode::CONFLICT,
            Self::MemoryFull | Self::MemoryUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.reason(),
            Self::BodyTooLong { .. } => "body_too_long",
            Self::BodyBroken => "body_broken",
            Self::InProgress => "in_progress",
            Self::Replayed => "replayed",
            Self::MemoryFull => "memory_full",
            Self::MemoryUnavailable => "memory_unavailable",
        }
    }

    fn retry_after_s(&self) -> Option<u16> {
        match self {
            Self::InProgress => Some(RETRY_IN_PROGRESS_S),
            Self::MemoryFull | Self::MemoryUnavailable => Some(RETRY_MEMORY_S),
            Self::Rejected(_) | Self::BodyTooLong { .. } | Self::BodyBroken | Self::Replayed => None,
        }
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let status = self.status();
        // Titles, reasons and details are our own words and numbers: nothing in them needs escaping.
        let problem = format!(
            r#"{{"type":"about:blank","title":"{}","status":{},"detail":"{self}","reason":"{}"}}"#,
            status.canonical_reason().unwrap_or_default(),
            status.as_u16(),
            self.reason(),
        );
        let mut response = Response::new(Full::from(problem));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("StandardWebhooks"));
        }
        if let Some(seconds) = self.retry_after_s() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The answer to a repeat of a message that was handled: all is well, and nothing was done.
pub(super) fn acknowledged() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::header as names;

    fn every_refusal() -> Vec<Refusal> {
        let rejections = [
            Rejection::MissingHeader(names::ID),
            Rejection::RepeatedHeader(names::SIGNATURE_SHA512),
            Rejection::HeaderTooLong { name: names::SIGNATURE, bytes_max: 1 },
            Rejection::MalformedId,
            Rejection::MalformedTimestamp,
            Rejection::TooOld { age_s: u64::MAX, tolerance_s: 300 },
            Rejection::TooNew { ahead_s: u64::MAX, tolerance_s: 300 },
            Rejection::TooManySignatures(names::SIGNATURE),
            Rejection::UnknownSchemes,
            Rejection::MalformedSignature,
            Rejection::NoMatch,
        ];
        let others = [
            Refusal::BodyTooLong { bytes_max: 1 },
            Refusal::BodyBroken,
            Refusal::InProgress,
            Refusal::Replayed,
            Refusal::MemoryFull,
            Refusal::MemoryUnavailable,
        ];
        rejections.into_iter().map(Refusal::from).chain(others).collect()
    }

    #[tokio::test]
    async fn every_refusal_is_a_well_formed_problem() {
        for refusal in every_refusal() {
            let (detail, reason) = (refusal.to_string(), refusal.reason());
            let response = refusal.into_response();
            let status = response.status();
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let expected = serde_json::json!({
                "type": "about:blank",
                "title": status.canonical_reason().unwrap(),
                "status": status.as_u16(),
                "detail": detail,
                "reason": reason,
            });
            assert_eq!(problem, expected);
        }
    }

    #[test]
    fn a_401_says_how_to_authenticate() {
        let response = Refusal::from(Rejection::NoMatch).into_response();
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "StandardWebhooks");
    }

    #[test]
    fn what_may_pass_says_when_to_come_back() {
        for refusal in [Refusal::InProgress, Refusal::MemoryFull, Refusal::MemoryUnavailable] {
            assert!(refusal.into_response().headers().contains_key(header::RETRY_AFTER));
        }
    }
}
