//! What is sent: the same for every attempt of a delivery, whenever it is made, unless its subscription asks for
//! another form meanwhile.

use bytes::Bytes;
use domain::event::Published;
use domain::subscription::Format;
use domain::versions::Seen;
use domain::{EventId, RawJson, Timestamp};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::cloudevents;

/// About how many bytes a body has besides data and metadata.
const ENVELOPE_BYTES: usize = 384;

/// An event in the form that a subscription asked for.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// The media type of the body, and whatever the form has headers for.
    pub(crate) headers: HeaderMap,
    /// The exact bytes that are signed and sent.
    pub(crate) body: Bytes,
}

impl Message {
    /// The event in this form, as its receiver sees it.
    pub(crate) fn of(format: Format, id: EventId, event: &Published, seen: &Seen<'_>) -> Self {
        match format {
            Format::StandardWebhooks => Self {
                headers: HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]),
                body: webhook_body(id, event, seen),
            },
            Format::CloudeventsStructured => cloudevents::structured(id, event, seen),
            Format::CloudeventsBinary => cloudevents::binary(id, event, seen),
        }
    }
}

/// The body of a webhook, in the order in which its members stand. `data` and `metadata` are the publisher's bytes.
#[derive(Serialize)]
struct Body<'a> {
    id: EventId,
    #[serde(rename = "type")]
    event_type: &'a str,
    version: u32,
    /// What the schema of that version is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'a str>,
    source: &'a str,
    /// When it happened; the member that Standard Webhooks calls `timestamp`.
    timestamp: Timestamp,
    data: &'a RawJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a RawJson>,
}

/// The body of the webhook that tells of `event` as its receiver sees it: the payload that Standard Webhooks recommends
/// (`type`, `timestamp`, `data`), with the event's id, version, schema, source and metadata beside.
pub fn webhook_body(id: EventId, event: &Published, seen: &Seen<'_>) -> Bytes {
    let body = Body {
        id,
        event_type: event.event_type.as_str(),
        version: seen.version,
        schema: seen.schema.as_deref(),
        source: event.source.as_str(),
        timestamp: event.time,
        data: &seen.data,
        metadata: event.metadata.as_ref(),
    };
    let metadata = event.metadata.as_ref().map_or(0, |metadata| metadata.as_str().len());
    // Of about the right size: a buffer that grows is copied over and over.
    let mut bytes = Vec::with_capacity(ENVELOPE_BYTES + event.data.as_str().len() + metadata);
    serde_json::to_writer(&mut bytes, &body).expect("what was accepted can be written");
    bytes.into()
}

/// SHA-256 of a body, in lower-case hex: what attempts are recorded with.
pub fn body_sha256(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}

#[cfg(test)]
mod tests {
    use domain::testing::published;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_data_stands_in_the_body_byte_for_byte() {
        let data = r#"{"b":1.10, "a":12345678901234567890.123456789,"a":"\u0000\u2028😀"}"#;
        let event = published("benchmark.completed", data);
        let body = webhook_body(EventId::from_uuid(Uuid::from_u128(1)), &event, &event.as_published());
        let expected = format!(
            r#"{{"id":"evt_00000000000000000000000001","type":"benchmark.completed","version":1,"source":"/tests","timestamp":"2026-09-21T14:13:20.000000Z","data":{data}}}"#
        );
        assert_eq!(std::str::from_utf8(&body).unwrap(), expected);
        let seen =
            Seen { version: 2, schema: Some("https://example.com/v2.json".into()), ..event.as_published() };
        let body = webhook_body(EventId::from_uuid(Uuid::from_u128(1)), &event, &seen);
        let named = r#""version":2,"schema":"https://example.com/v2.json","source""#;
        assert!(std::str::from_utf8(&body).unwrap().contains(named));
    }
}
