//! `CloudEvents` 1.0, as deliveries send them: structured (JSON format) and binary (HTTP protocol binding).
//!
//! An event that was published as a `CloudEvent` leaves with the `id`, `source` and extension attributes that it came
//! with. `data` is the publisher's bytes in both modes.

mod attributes;
mod header;

use std::fmt::Write as _;

use bytes::Bytes;
use domain::EventId;
use domain::event::Published;
use domain::versions::Seen;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use self::attributes::{Attribute, attributes};
use crate::body::Message;

/// The most bytes of one attribute as the value of a header; a longer one is left out, and `metadataomitted` says so.
const HEADER_BYTES_MAX: usize = 4_096;
/// Where the data's media type stands: among the attributes in structured mode, as `Content-Type` in binary mode.
const MEDIA_TYPE: &str = "datacontenttype";

/// Attributes and data in one JSON object.
pub(crate) fn structured(id: EventId, event: &Published, seen: &Seen<'_>) -> Message {
    let mut body = String::with_capacity(512 + seen.data.as_str().len());
    body.push('{');
    for Attribute { name, value } in attributes(id, event, seen) {
        write!(body, "\"{name}\":{},", value.json()).expect("a text takes whatever is written to it");
    }
    body.push_str("\"data\":");
    body.push_str(seen.data.as_str());
    body.push('}');
    let content_type = HeaderValue::from_static("application/cloudevents+json; charset=utf-8");
    Message { headers: HeaderMap::from_iter([(CONTENT_TYPE, content_type)]), body: body.into() }
}

/// Attributes as `ce-` headers, and the data alone as the body.
pub(crate) fn binary(id: EventId, event: &Published, seen: &Seen<'_>) -> Message {
    let mut headers = HeaderMap::new();
    for Attribute { name, value } in attributes(id, event, seen) {
        if name == MEDIA_TYPE {
            let media = HeaderValue::from_str(value.text()).ok();
            headers.insert(CONTENT_TYPE, media.unwrap_or(HeaderValue::from_static("application/json")));
            continue;
        }
        let encoded = header::encode(value.text());
        let Ok(header) = HeaderName::from_bytes(format!("ce-{name}").as_bytes()) else { continue };
        if encoded.len() > HEADER_BYTES_MAX {
            headers.insert("ce-metadataomitted", HeaderValue::from_static("true"));
            continue;
        }
        headers
            .insert(header, HeaderValue::try_from(encoded).expect("percent-encoding leaves visible ASCII"));
    }
    Message { headers, body: Bytes::copy_from_slice(seen.data.as_str().as_bytes()) }
}

#[cfg(test)]
mod tests {
    use domain::RawJson;
    use domain::event::{EventKey, Source};
    use domain::testing::published;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    const DATA: &str = r#"{"b":1.10, "a":12345678901234567890.123456789,"a":"\u0000\u2028😀"}"#;

    fn event(metadata: Option<&str>) -> Box<Published> {
        let mut event = published("benchmark.completed", DATA);
        event.version = 3;
        event.metadata = metadata.map(|text| RawJson::parse(text).unwrap());
        event
    }

    fn id() -> EventId {
        EventId::from_uuid(Uuid::from_u128(1))
    }

    fn as_json(message: &Message) -> Value {
        serde_json::from_slice(&message.body).unwrap()
    }

    #[test]
    fn the_data_leaves_byte_for_byte_in_both_modes() {
        let structured = structured(id(), &event(None), &event(None).as_published());
        let expected = format!(
            r#"{{"specversion":"1.0","id":"evt_00000000000000000000000001","source":"/tests","type":"benchmark.completed","time":"2026-09-21T14:13:20.000000Z","datacontenttype":"application/json","dataversion":3,"hookledgerid":"evt_00000000000000000000000001","data":{DATA}}}"#
        );
        assert_eq!(std::str::from_utf8(&structured.body).unwrap(), expected);
        let binary = binary(id(), &event(None), &event(None).as_published());
        assert_eq!(std::str::from_utf8(&binary.body).unwrap(), DATA);
        assert_eq!(binary.headers["content-type"], "application/json");
        assert_eq!(binary.headers["ce-dataversion"], "3");
        assert!(!binary.headers.contains_key("ce-datacontenttype"), "it must not stand twice");
    }

    #[test]
    fn what_came_as_a_cloud_event_leaves_under_its_own_name_and_with_its_own_attributes() {
        let metadata = r#"{"correlation_id":"c 1","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "attributes":{"subject":"Läufe/7","partitionkey":"eu","sampled":true,"weight":-5,"datacontenttype":"application/vnd.acme+json"}}"#;
        let mut event = event(Some(metadata));
        event.key = Some(EventKey::new("A234-1234-1234").unwrap());
        event.source = Source::new("https://bench.example.com/runs").unwrap();
        let sent = as_json(&structured(id(), &event, &event.as_published()));
        assert_eq!(sent["id"], "A234-1234-1234");
        assert_eq!(sent["hookledgerid"], "evt_00000000000000000000000001");
        assert_eq!((&sent["subject"], &sent["partitionkey"]), (&json!("Läufe/7"), &json!("eu")));
        assert_eq!((&sent["sampled"], &sent["weight"]), (&json!(true), &json!(-5)));
        assert_eq!((&sent["correlationid"], sent.get("metadata")), (&json!("c 1"), None));
        let headers = binary(id(), &event, &event.as_published()).headers;
        assert_eq!(headers["ce-subject"], "L%C3%A4ufe/7");
        assert_eq!(headers["ce-correlationid"], "c%201");
        assert_eq!(headers["ce-weight"], "-5");
        assert_eq!(headers["content-type"], "application/vnd.acme+json");
    }

    #[test]
    fn metadata_that_is_no_attribute_goes_along_as_one_text() {
        let metadata = r#"{"labels":{"team":"reasoning"},"correlation_id":"c1"}"#;
        let sent = as_json(&structured(id(), &event(Some(metadata)), &event(Some(metadata)).as_published()));
        assert_eq!(sent["metadata"], metadata);
        assert_eq!(sent["correlationid"], "c1");
        let headers = binary(id(), &event(Some(metadata)), &event(Some(metadata)).as_published()).headers;
        assert_eq!(
            headers["ce-metadata"],
            "{%22labels%22:{%22team%22:%22reasoning%22},%22correlation_id%22:%22c1%22}"
        );
    }

    #[test]
    fn what_is_too_long_for_a_header_is_left_out_and_said_to_be() {
        let metadata = format!(r#"{{"note":"{}"}}"#, "x".repeat(HEADER_BYTES_MAX));
        let headers = binary(id(), &event(Some(&metadata)), &event(Some(&metadata)).as_published()).headers;
        assert_eq!(
            (headers.get("ce-metadata"), &headers["ce-metadataomitted"]),
            (None, &HeaderValue::from_static("true"))
        );
        assert_eq!(
            as_json(&structured(id(), &event(Some(&metadata)), &event(Some(&metadata)).as_published()))["metadata"],
            metadata
        );
    }

    #[test]
    fn attributes_of_ours_cannot_be_taken_by_the_publisher() {
        let metadata = r#"{"attributes":{"id":"x","type":"y","hookledgerid":"z","dataversion":9,"data":"d","Bad_Name":"n","list":[1]}}"#;
        let sent = as_json(&structured(id(), &event(Some(metadata)), &event(Some(metadata)).as_published()));
        assert_eq!((&sent["type"], &sent["dataversion"]), (&json!("benchmark.completed"), &json!(3)));
        assert_eq!(sent["data"]["b"], 1.1);
        assert_eq!(sent["metadata"], metadata, "what is not told as attributes is told as a text");
    }
}
