//! Reading a request's body: bounded in size and in time, into one buffer.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

/// How long a body may take to arrive.
pub(crate) const BODY_TIME_MAX: Duration = Duration::from_secs(20);

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// More bytes than the bound.
    #[error("the body has more than {max} bytes")]
    TooLarge {
        /// The bound.
        max: usize,
    },
    /// Not all of it came in time.
    #[error("the body did not arrive within {} s", BODY_TIME_MAX.as_secs())]
    TooSlow,
    /// The caller went away, or broke the framing.
    #[error("the body broke off")]
    Broken,
}

/// The whole body, if it has at most `max` bytes.
///
/// A declared length beyond the bound is refused before a byte is read.
pub(crate) async fn read(headers: &HeaderMap, body: Body, max: usize) -> Result<Bytes, BodyError> {
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|text| text.parse::<u64>().ok());
    if declared.is_some_and(|length| length > max as u64) {
        return Err(BodyError::TooLarge { max });
    }
    match timeout(BODY_TIME_MAX, Limited::new(body, max).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge { max }),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::TooSlow),
    }
}
