//! The event that is measured: about 1 KiB when it is delivered, with the instant of its publication inside.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The type of every measured event.
pub const EVENT_TYPE: &str = "bench.measured";

/// Fills the delivered body up to about 1 KiB.
const PADDING_BYTES: usize = 750;

/// The member of the data that holds the instant, with its colon.
const SENT_AT: &[u8] = b"\"sent_at_us\":";

/// One event of a publish call, as producers write it and the null relay reads it.
#[derive(Deserialize)]
pub struct PublishedEvent<'a> {
    /// The event's type.
    #[serde(rename = "type")]
    pub event_type: &'a str,
    /// Where it comes from.
    pub source: &'a str,
    /// The data, byte for byte.
    #[serde(borrow)]
    pub data: &'a RawValue,
}

/// A webhook's body, as the server writes it.
#[derive(Serialize)]
pub struct Envelope<'a> {
    /// The event's id.
    pub id: &'a str,
    /// The event's type.
    #[serde(rename = "type")]
    pub event_type: &'a str,
    /// The version of the type.
    pub version: u32,
    /// Where it comes from.
    pub source: &'a str,
    /// When it happened.
    pub timestamp: &'a str,
    /// The data, byte for byte.
    pub data: &'a RawValue,
}

/// An event of this type, to publish at this instant (microseconds since the Unix epoch).
pub fn event_json(event_type: &str, sent_at_us: u64) -> String {
    let padding = "hookledger ".repeat(PADDING_BYTES / 11);
    format!(
        r#"{{"type":"{event_type}","source":"/bench","data":{{"sent_at_us":{sent_at_us},"suite":"throughput","score":1.10,"note":"{padding}"}}}}"#
    )
}

/// Finds the instant of publication in a delivered body.
pub fn sent_at(body: &[u8]) -> Option<u64> {
    let start = body.windows(SENT_AT.len()).position(|window| window == SENT_AT)? + SENT_AT.len();
    let digits = body[start..].iter().take_while(|byte| byte.is_ascii_digit());
    digits
        .map(|digit| u64::from(digit - b'0'))
        .try_fold(0_u64, |value, digit| value.checked_mul(10)?.checked_add(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instant_is_found_in_a_delivered_body() {
        let published = event_json(EVENT_TYPE, 1_790_000_000_123_456);
        let event: PublishedEvent<'_> = serde_json::from_str(&published).unwrap();
        let envelope = Envelope {
            id: "evt_1",
            event_type: event.event_type,
            version: 1,
            source: event.source,
            timestamp: "2026-11-23T00:00:00Z",
            data: event.data,
        };
        let body = serde_json::to_vec(&envelope).unwrap();
        assert_eq!(sent_at(&body), Some(1_790_000_000_123_456));
        assert!((900..1_100).contains(&body.len()), "{}", body.len());
        assert_eq!(sent_at(b"{}"), None);
    }
}
