//! `CloudEvents` 1.0 as a way to publish: structured, batch and binary.
//!
//! `id` and `source` name the event, so publishing it again is recognised. `dataversion` is the version of its type; if
//! it is missing, a `dataschema` that ends in `/<type>/v<version>` or the same with `.json` says so; else it is 1.
//! `correlationid`, `causationid`, `traceparent` and `tracestate` become members of the event's metadata; all other
//! attributes that have no place of their own stand in its member `attributes`, and leave again as they came.
//!
//! Data is JSON, and kept byte for byte. `data_base64` is taken if what it encodes is JSON: that is kept. An event
//! without data has the data `null`.

mod attributes;
mod event;
mod header;

use std::borrow::Cow;

use app::publish::NewEvent;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::RawJson;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeSeed as _;
use serde_json::value::RawValue;

use self::attributes::{Attributes, Pairs, Value};
use super::flaws::Flaws;
use super::read::{Batch, Unreadable, Writing};
use crate::list::Bounded;

/// Reads one event, attributes and data in an object.
pub(super) fn structured(body: &[u8]) -> Result<Batch, Unreadable> {
    let raw: &RawValue = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let mut flaws = Flaws::default();
    let event = one(raw, &mut flaws);
    batch(event.into_iter().collect(), flaws, Writing::CloudEvent)
}

/// Reads a list of at most `max` events.
pub(super) fn list(body: &[u8], max: usize) -> Result<Batch, Unreadable> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let list = Bounded::<&RawValue>::new(max).deserialize(&mut json).map_err(|error| malformed(&error))?;
    json.end().map_err(|error| malformed(&error))?;
    if list.found > max {
        return Err(Unreadable::TooMany { found: list.found, max });
    }
    let mut flaws = Flaws::default();
    let mut events = Vec::with_capacity(list.kept.len());
    for (index, raw) in list.kept.into_iter().enumerate() {
        flaws.base = format!("/{index}");
        events.extend(one(raw, &mut flaws));
        if flaws.are_enough() {
            break;
        }
    }
    batch(events, flaws, Writing::CloudEvents)
}

/// Reads one event, attributes from the headers and data from the body.
pub(super) fn binary(headers: &HeaderMap, body: &[u8]) -> Result<Batch, Unreadable> {
    let mut flaws = Flaws::default();
    let mut attributes = Attributes::default();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix("ce-") else { continue };
        if name == attributes::MEDIA_TYPE {
            flaws.add(
                name,
                "repeated_member",
                "datacontenttype is told by Content-Type; leave ce-datacontenttype out",
            );
            continue;
        }
        match header::decode(value) {
            Ok(text) => attributes.take(name.into(), Value::Text(text.into()), &mut flaws),
            Err(reason) => {
                flaws.add(name, "header_value", format!("{name}: the value of ce-{name} {reason}"));
            }
        }
    }
    if let Some(media) = headers.get(CONTENT_TYPE) {
        let media = String::from_utf8_lossy(media.as_bytes()).into_owned();
        attributes.take(attributes::MEDIA_TYPE.into(), Value::Text(media.into()), &mut flaws);
    }
    if !body.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        let detail =
            "datacontenttype is missing: data in the body needs a Content-Type, such as application/json";
        flaws.add(attributes::MEDIA_TYPE, "missing", detail);
    }
    let data = if body.is_empty() { None } else { json_data("data", body, &mut flaws) };
    let event = event::of(&attributes, data, &mut flaws);
    batch(event.into_iter().collect(), flaws, Writing::CloudEvent)
}

fn batch(events: Vec<NewEvent>, flaws: Flaws, writing: Writing) -> Result<Batch, Unreadable> {
    if flaws.found.is_empty() { Ok(Batch { events, writing }) } else { Err(Unreadable::Flawed(flaws.found)) }
}

fn malformed(error: &serde_json::Error) -> Unreadable {
    Unreadable::Malformed(error.to_string())
}

/// The event in an object, or nothing if something is wrong with it.
fn one(raw: &RawValue, flaws: &mut Flaws) -> Option<NewEvent> {
    let Ok(Pairs(pairs)) = serde_json::from_str(raw.get()) else {
        flaws.add("", "not_an_object", "a CloudEvent is an object with specversion, id, source and type");
        return None;
    };
    let (mut attributes, mut data, mut encoded) = (Attributes::default(), None, None);
    for (name, raw) in pairs {
        let slot = match &*name {
            "data" => &mut data,
            "data_base64" => &mut encoded,
            _ => {
                attributes.read(name, raw, flaws);
                continue;
            }
        };
        if slot.replace(raw).is_some() {
            flaws.add(&name, "repeated_member", format!("{name} is given twice: keep one"));
        }
    }
    let data = match (data, encoded.filter(|raw| raw.get() != "null")) {
        (Some(_), Some(_)) => {
            flaws.add(
                "data_base64",
                "repeated_member",
                "data_base64 and data exclude each other: give one of them",
            );
            None
        }
        (data, None) => data.map(RawJson::from),
        (None, Some(raw)) => decoded(raw, flaws),
    };
    event::of(&attributes, data, flaws)
}

/// The JSON that `data_base64` encodes.
fn decoded(raw: &RawValue, flaws: &mut Flaws) -> Option<RawJson> {
    let text = serde_json::from_str::<Cow<'_, str>>(raw.get()).ok();
    let bytes = text.and_then(|text| STANDARD.decode(&*text).ok());
    let Some(bytes) = bytes else {
        flaws.add(
            "data_base64",
            "base64",
            "data_base64 is a text in base64 with padding (RFC 4648 section 4)",
        );
        return None;
    };
    json_data("data_base64", &bytes, flaws)
}

fn json_data(attribute: &str, bytes: &[u8], flaws: &mut Flaws) -> Option<RawJson> {
    let json = std::str::from_utf8(bytes).map_err(|error| error.to_string());
    let json = json.and_then(|text| RawJson::parse(text).map_err(|error| error.to_string()));
    json.map_err(|error| {
        flaws.add(attribute, "data_not_json", format!("{attribute} must be JSON in UTF-8 here: {error}"));
    })
    .ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    const DATA: &str = r#"{"b":1.10, "a":12345678901234567890.123456789,"a":"\u0000\u2028😀"}"#;

    fn flaws(result: Result<Batch, Unreadable>) -> Vec<(String, &'static str)> {
        match result.expect_err("the body is flawed") {
            Unreadable::Flawed(flaws) => flaws.into_iter().map(|flaw| (flaw.pointer, flaw.code)).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn event(members: &str) -> NewEvent {
        let body = format!(r#"{{"specversion":"1.0","id":"1","source":"/s","type":"a.b"{members}}}"#);
        structured(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error:?}")).events.remove(0)
    }

    fn refused(members: &str) -> Vec<(String, &'static str)> {
        flaws(structured(
            format!(r#"{{"specversion":"1.0","id":"1","source":"/s","type":"a.b"{members}}}"#).as_bytes(),
        ))
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let required = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s"), ("ce-type", "a.b")];
        let pairs = required.iter().chain(pairs);
        pairs.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn metadata(event: &NewEvent) -> &str {
        event.metadata.as_ref().map_or("", |metadata| metadata.as_str())
    }

    #[test]
    fn an_event_reads_the_same_in_all_modes_and_its_data_is_kept_byte_for_byte() {
        let members = format!(r#","time":"2026-11-23T16:00:00+01:00","subject":"Läufe/7","data": {DATA} "#);
        let one = event(&members);
        assert_eq!(one.data.as_str(), DATA);
        assert_eq!((one.key.as_ref().unwrap().as_str(), one.source.as_str(), one.version), ("1", "/s", 1));
        assert_eq!(one.time.unwrap().to_string(), "2026-11-23T15:00:00.000000Z");
        assert_eq!(metadata(&one), r#"{"attributes":{"subject":"Läufe/7"}}"#);
        let more = [
            ("ce-time", "2026-11-23T15:00:00Z"),
            ("ce-subject", "L%C3%a4ufe/7"),
            ("content-type", "application/json"),
        ];
        let two = binary(&headers(&more), DATA.as_bytes()).unwrap().events.remove(0);
        let body = format!(r#"[{{"specversion":"1.0","id":"1","source":"/s","type":"a.b"{members}}}]"#);
        let three = list(body.as_bytes(), 3).unwrap().events.remove(0);
        for other in [two, three] {
            assert_eq!((&other.data, &other.metadata, other.time), (&one.data, &one.metadata, one.time));
        }
    }

    #[test]
    fn attributes_become_metadata_under_the_names_that_it_has_for_them() {
        let members = r#","zeta":true,"alpha":-7,"gone":null,"traceparent":"00-a-b-01","correlationid":"c","causationid":"k","tracestate":"x=1""#;
        let expected = r#"{"correlation_id":"c","causation_id":"k","traceparent":"00-a-b-01","tracestate":"x=1","attributes":{"alpha":-7,"zeta":true}}"#;
        assert_eq!(metadata(&event(members)), expected);
        assert_eq!(metadata(&event("")), "");
    }

    #[test]
    fn the_version_stands_in_dataversion_or_else_in_a_schema_that_names_it() {
        let version = |members: &str| event(members).version;
        assert_eq!(version(r#","dataversion":3"#), 3);
        assert_eq!(version(r#","dataversion":"3""#), 3);
        assert_eq!(version(r#","dataschema":"https://hookledger.dev/schemas/events/a.b/v2.json""#), 2);
        assert_eq!(version(r#","dataschema":"urn:x/a.b/v2""#), 2);
        assert_eq!(version(r#","dataschema":"https://example.com/other.type/v2.json""#), 1);
        assert_eq!(version(r#","dataschema":"https://example.com/a.b/v2.json","dataversion":2"#), 2);
        let told = event(r#","dataschema":"https://example.com/a.b/v2.json""#);
        assert_eq!(metadata(&told), r#"{"attributes":{"dataschema":"https://example.com/a.b/v2.json"}}"#);
        assert_eq!(refused(r#","dataversion":0"#), [("/dataversion".into(), "version")]);
        assert_eq!(
            refused(r#","dataversion":2,"dataschema":"https://example.com/a.b/v3""#),
            [("/dataschema".into(), "version")]
        );
    }

    #[test]
    fn data_may_be_missing_or_encoded_if_it_is_json() {
        assert_eq!(event("").data.as_str(), "null");
        assert_eq!(event(r#","data":null"#).data.as_str(), "null");
        let encoded = STANDARD.encode(DATA);
        assert_eq!(event(&format!(r#","data_base64":"{encoded}""#)).data.as_str(), DATA);
        assert_eq!(refused(r#","data_base64":"AAE=""#), [("/data_base64".into(), "data_not_json")]);
        assert_eq!(refused(r#","data_base64":"!""#), [("/data_base64".into(), "base64")]);
        assert_eq!(
            refused(&format!(r#","data":1,"data_base64":"{encoded}""#)),
            [("/data_base64".into(), "repeated_member")]
        );
        assert_eq!(
            flaws(binary(&headers(&[("content-type", "application/json")]), b"{")),
            [("/data".into(), "data_not_json")]
        );
        assert_eq!(
            flaws(binary(&headers(&[("content-type", "application/json")]), b"\"\xff\"")),
            [("/data".into(), "data_not_json")]
        );
        assert_eq!(binary(&headers(&[]), b"").unwrap().events[0].data.as_str(), "null");
    }

    #[test]
    fn data_is_json_whatever_kind_of_it() {
        assert_eq!(metadata(&event(r#","datacontenttype":"application/json; charset=utf-8""#)), "");
        let kept = event(r#","datacontenttype":"application/vnd.acme.run+json""#);
        assert_eq!(metadata(&kept), r#"{"attributes":{"datacontenttype":"application/vnd.acme.run+json"}}"#);
        for other in ["text/plain", "application/xml", "json", "application/json; charset=utf-16"] {
            let refused = refused(&format!(r#","datacontenttype":"{other}","data":"x""#));
            assert_eq!(refused, [("/datacontenttype".into(), "datacontenttype")], "{other}");
        }
        assert_eq!(flaws(binary(&headers(&[]), b"1")), [("/datacontenttype".into(), "missing")]);
    }

    #[test]
    fn every_flaw_names_its_attribute() {
        let missing: Vec<_> =
            ["specversion", "id", "source", "type"].map(|name| (format!("/{name}"), "missing")).into();
        assert_eq!(flaws(structured(b"{}")), missing);
        assert_eq!(flaws(structured(b"[]")), [(String::new(), "not_an_object")]);
        let all = br#"[{"specversion":"0.3","id":"","source":"a b","type":"A","time":"now","Subject":"x","list":[],"big":2147483648,"line":"a\nb","id":"2"}]"#;
        let expected = [
            ("/0/Subject", "attribute_name"),
            ("/0/list", "wrong_type"),
            ("/0/big", "wrong_type"),
            ("/0/line", "attribute_text"),
            ("/0/id", "repeated_member"),
            ("/0/specversion", "specversion"),
            ("/0/id", "id"),
            ("/0/source", "source"),
            ("/0/type", "event_type"),
            ("/0/time", "time"),
        ];
        assert_eq!(flaws(list(all, 3)), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
        let doubled =
            headers(&[("ce-datacontenttype", "text/plain"), ("ce-subject", "100%"), ("ce-x-y", "1")]);
        let expected = [
            ("/datacontenttype", "repeated_member"),
            ("/subject", "header_value"),
            ("/x-y", "attribute_name"),
        ];
        let mut found = flaws(binary(&doubled, b""));
        found.sort();
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn an_empty_batch_is_one_and_a_long_one_is_refused() {
        assert!(list(b"[]", 3).unwrap().events.is_empty());
        assert_eq!(list(b"[1,2,3,4]", 3).unwrap_err(), Unreadable::TooMany { found: 4, max: 3 });
        assert!(matches!(list(b"{}", 3), Err(Unreadable::Malformed(_))));
        assert!(matches!(list(b"[] x", 3), Err(Unreadable::Malformed(_))));
    }

    #[test]
    fn attributes_are_bounded() {
        let many = (0..80).map(|n| format!(r#","x{n}":1"#)).collect::<Vec<_>>().concat();
        assert!(refused(&many).contains(&(String::new(), "too_many_attributes")));
    }
}
