//! What a request is a part of: its id, the caller's own correlation id, its trace.

use std::sync::Arc;

use app::{Correlation, TraceParent};
use domain::IdSource;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The header that names a request, both ways.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What a request is a part of. Every handler finds it among the request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct CallContext {
    /// Names the request in logs and in the answer: the caller's own id, or a new one.
    pub(crate) request_id: Arc<str>,
    /// The caller's own id, which records keep.
    pub(crate) correlation: Option<Correlation>,
    /// The trace that the caller is in.
    pub(crate) trace: Option<TraceParent>,
}

/// What the headers say the request is a part of, and the value of the header to answer with.
///
/// What a caller sends is used only if it is 1 to 128 visible ASCII characters, so that it can stand in a log.
pub(super) fn read(headers: &HeaderMap, ids: &dyn IdSource) -> (CallContext, HeaderValue) {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let correlation = text(REQUEST_ID).and_then(|text| Correlation::new(text).ok());
    let trace = text(TRACEPARENT).and_then(TraceParent::parse);
    let own = correlation.as_ref().map(|correlation| correlation.as_str().to_owned());
    let request_id = own.unwrap_or_else(|| format!("req_{}", ids.next().simple()));
    let header = HeaderValue::from_str(&request_id).expect("visible ASCII can stand in a header");
    (CallContext { request_id: request_id.into(), correlation, trace }, header)
}
