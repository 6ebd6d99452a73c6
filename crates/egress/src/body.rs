//! Reading the body of a response: a little is kept, a little more is read, and no more than that.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::{Instant, timeout_at};

use crate::limits::Limits;
use crate::response::BodyEnd;

/// The beginning of a body, and how the body ended. Dropping the rest closes the connection.
pub(crate) async fn read(mut body: Incoming, limits: &Limits, until: Instant) -> (Bytes, BodyEnd) {
    let mut kept = Vec::new();
    let mut seen: usize = 0;
    // A length that is announced beyond what we read cannot be read to its end: only keep, then hang up.
    let announced = body.size_hint().lower();
    let read_max = if announced > limits.body_read_bytes as u64 {
        limits.body_kept_bytes
    } else {
        limits.body_read_bytes
    };

    let end = loop {
        if body.is_end_stream() {
            break whole(seen, &kept);
        }
        let frame = match timeout_at(until, body.frame()).await {
            Err(_) => break BodyEnd::Stalled,
            Ok(Some(Err(_))) => break BodyEnd::Broken,
            Ok(None) => break whole(seen, &kept),
            Ok(Some(Ok(frame))) => frame,
        };
        let Some(data) = frame.data_ref() else { continue }; // Trailers.
        seen = seen.saturating_add(data.len());
        let room = limits.body_kept_bytes - kept.len();
        kept.extend_from_slice(&data[..data.len().min(room)]);
        if seen > read_max && !body.is_end_stream() {
            break BodyEnd::TooLong;
        }
    };
    (kept.into(), end)
}

fn whole(seen: usize, kept: &[u8]) -> BodyEnd {
    if seen == kept.len() { BodyEnd::Complete } else { BodyEnd::Cut }
}
