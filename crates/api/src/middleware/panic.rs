//! An answer for requests whose handler panicked.

use std::any::Any;

use axum::response::{IntoResponse, Response};
use tracing::error;

use crate::problem::{Kind, Problem};

/// Logs what was said when the handler panicked, and tells the caller no more than that it was our fault.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic's payload over")]
pub(crate) fn answer_panic(payload: Box<dyn Any + Send + 'static>) -> Response {
    let said = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("something that is not text");
    error!(panic = said, "a request handler panicked");
    Problem::new(Kind::Internal, "the request could not be completed").into_response()
}
