//! Errors with codes. A message says what to do; a code is stable, for programs; internals are in neither.

use std::time::Duration;

use app::{Error as AppError, Refused};
use async_graphql::{Error, ErrorExtensionValues, Pos, Response, ServerError};

use crate::faults;

/// An error of the request as a whole.
pub(crate) fn coded(code: &str, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None::<Pos>);
    set_code(&mut error.extensions, code);
    error
}

/// An error of the field that is being resolved.
pub(crate) fn field_error(code: &str, message: impl Into<String>) -> Error {
    let mut error = Error::new(message);
    set_code(&mut error.extensions, code);
    error
}

fn set_code(extensions: &mut Option<ErrorExtensionValues>, code: &str) {
    extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code);
}

/// Something failed that should work: logged here, told without its causes.
pub(crate) fn fault(fault: &(dyn std::error::Error + 'static), temporary: bool, request_id: &str) -> Error {
    faults::log(fault, request_id);
    if temporary {
        field_error("UNAVAILABLE", "the service cannot do this at the moment; try again")
    } else {
        field_error("INTERNAL", format!("something went wrong on our side; it was logged under {request_id}"))
    }
}

/// What a use case's error is to GraphQL, where it is not a refusal of its own; `Err` hands the refusal back as data.
pub(crate) fn refusal_or_error<R: Refused>(error: AppError<R>, request_id: &str) -> Result<R, Error> {
    match error {
        AppError::Refused(refusal) => Ok(refusal),
        AppError::Forbidden { .. } => Err(field_error("FORBIDDEN", error.to_string())),
        AppError::Overloaded { why, retry_after } => Err(later("OVERLOADED", why, retry_after)),
        AppError::ShareTaken { why, retry_after } => Err(later("TOO_MANY_REQUESTS", why, retry_after)),
        AppError::Failed(cause) => Err(fault(&cause, cause.is_temporary(), request_id)),
    }
}

/// An error that says when trying again may help.
fn later(code: &str, why: &str, retry_after: Duration) -> Error {
    let mut error = field_error(code, format!("{why}; try again later"));
    let millis = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("retryAfterMs", millis);
    error
}

/// The error of a use case that refuses nothing by itself.
pub(crate) fn plain(error: AppError<std::convert::Infallible>, request_id: &str) -> Error {
    match refusal_or_error(error, request_id) {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

/// Gives every error a code, and keeps no more of them than `max`.
pub(crate) fn finish(errors: &mut Vec<ServerError>, fallback: &str, max: usize) {
    let more = errors.len().saturating_sub(max);
    errors.truncate(max);
    for error in errors.iter_mut() {
        if error.extensions.as_ref().is_none_or(|extensions| extensions.get("code").is_none()) {
            set_code(&mut error.extensions, fallback);
        }
    }
    if more > 0 {
        errors.push(coded(fallback, format!("and {more} more")));
    }
}

/// [`finish`], for what was executed: an error without a code can only be a value that does not fit its type.
pub(crate) fn finish_executed(response: &mut Response, max: usize) {
    finish(&mut response.errors, "BAD_USER_INPUT", max);
}
