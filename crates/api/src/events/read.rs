//! From the bytes of a body to events, with every flaw named by its place.

use std::borrow::Cow;

use app::publish::NewEvent;
use domain::event::{EventKey, Source};
use domain::{EventType, RawJson, Timestamp};
use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::flaws::Flaws;
use super::members::Members;
use crate::list::Bounded;
use crate::problem::Flaw;

/// Where an event happened, if its publisher does not say.
pub(crate) const DEFAULT_SOURCE: &str = "/";
/// The version of an event's type, if its publisher does not say.
pub(super) const DEFAULT_VERSION: u32 = 1;

/// The events of a body.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) events: Vec<NewEvent>,
    /// How they were written, so that what is wrong can be named by its place.
    pub(super) writing: Writing,
}

/// How a body writes events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// One event.
    One,
    /// A list of them.
    List,
    /// One `CloudEvent`.
    CloudEvent,
    /// A list of them.
    CloudEvents,
}

impl Batch {
    /// The pointer to the event at `index`.
    pub(super) fn pointer(&self, index: usize) -> String {
        pointer(matches!(self.writing, Writing::List | Writing::CloudEvents), index)
    }

    /// The member that says what a plain event's `member` says.
    pub(super) fn member(&self, member: &'static str) -> &'static str {
        match (self.writing, member) {
            (Writing::CloudEvent | Writing::CloudEvents, "/version") => "/dataversion",
            // All attributes together.
            (Writing::CloudEvent | Writing::CloudEvents, "/metadata") => "",
            _ => member,
        }
    }
}

fn pointer(is_list: bool, index: usize) -> String {
    if is_list { format!("/{index}") } else { String::new() }
}

/// Why a body holds no events.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Not JSON, for the reason that the parser gives.
    Malformed(String),
    /// More events than the bound.
    TooMany { found: usize, max: usize },
    /// JSON, but not events.
    Flawed(Vec<Flaw>),
}

/// Reads a body of at most `max` events.
pub(super) fn read(body: &[u8], max: usize) -> Result<Batch, Unreadable> {
    let malformed = |error: serde_json::Error| Unreadable::Malformed(error.to_string());
    let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let mut json = serde_json::Deserializer::from_slice(body);
    let members = if is_list {
        let list = Bounded::<Members<'_>>::new(max).deserialize(&mut json).map_err(malformed)?;
        if list.found > max {
            return Err(Unreadable::TooMany { found: list.found, max });
        }
        list.kept
    } else {
        vec![serde::Deserialize::deserialize(&mut json).map_err(malformed)?]
    };
    json.end().map_err(malformed)?;
    let mut flaws = Flaws::default();
    let mut events = Vec::with_capacity(members.len());
    for (index, members) in members.into_iter().enumerate() {
        flaws.base = pointer(is_list, index);
        events.extend(flaws.event(members));
        if flaws.are_enough() {
            break;
        }
    }
    if flaws.found.is_empty() {
        Ok(Batch { events, writing: if is_list { Writing::List } else { Writing::One } })
    } else {
        Err(Unreadable::Flawed(flaws.found))
    }
}

impl Flaws {
    /// The event, or nothing if something is wrong with it.
    fn event(&mut self, members: Members<'_>) -> Option<NewEvent> {
        if let Some(what) = members.instead {
            self.add("", "not_an_object", format!("an event is an object such as {{\"type\": \"benchmark.completed\", \"data\": {{}}}}, not {what}"));
            return None;
        }
        let before = self.found.len();
        for name in &members.unknown {
            self.add(name, "unknown_member", "an event has type, version, source, time, id, data and metadata; put anything else into data or metadata");
        }
        for name in members.repeated {
            self.add(name, "repeated_member", "the member is given twice: keep one");
        }
        let event_type = self.event_type(members.event_type);
        let version = self.version(members.version);
        let source = self.text("source", members.source, Source::new, "source");
        let key = self.text("id", members.id, EventKey::new, "id");
        let time = self.text("time", members.time, str::parse::<Timestamp>, "time");
        if members.data.is_none() {
            self.add("data", "missing", "an event has data: any JSON value, null included");
        }
        if self.found.len() > before {
            return None;
        }
        Some(NewEvent {
            event_type: event_type?,
            version: version?,
            source: source.unwrap_or_else(|| Source::new(DEFAULT_SOURCE).expect("a slash is a source")),
            time,
            key,
            data: RawJson::from(members.data?),
            metadata: members.metadata.filter(|raw| !is_null(raw)).map(RawJson::from),
        })
    }

    fn event_type(&mut self, raw: Option<&RawValue>) -> Option<EventType> {
        if raw.is_none() {
            self.add("type", "missing", "an event has a type, such as \"benchmark.completed\"");
            return None;
        }
        self.text("type", raw, EventType::parse, "event_type")
    }

    fn version(&mut self, raw: Option<&RawValue>) -> Option<u32> {
        let Some(raw) = raw.filter(|raw| !is_null(raw)) else { return Some(DEFAULT_VERSION) };
        match serde_json::from_str(raw.get()) {
            Ok(version) if version > 0 => Some(version),
            _ => {
                self.add("version", "version", "the version is a whole number from 1 to 4294967295");
                None
            }
        }
    }

    /// A member that is a text and something more; absent if it is `null`, except for the type.
    fn text<T, E: std::fmt::Display>(
        &mut self,
        member: &str,
        raw: Option<&RawValue>,
        read: impl Fn(&str) -> Result<T, E>,
        code: &'static str,
    ) -> Option<T> {
        let raw = raw.filter(|raw| member == "type" || !is_null(raw))?;
        let Ok(text) = serde_json::from_str::<Cow<'_, str>>(raw.get()) else {
            self.add(member, "wrong_type", format!("{member} is a text"));
            return None;
        };
        match read(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(member, code, error.to_string());
                None
            }
        }
    }
}

fn is_null(raw: &RawValue) -> bool {
    raw.get() == "null"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaws(body: &str) -> Vec<(String, &'static str)> {
        match read(body.as_bytes(), 3).expect_err("the body is flawed") {
            Unreadable::Flawed(flaws) => flaws.into_iter().map(|flaw| (flaw.pointer, flaw.code)).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn data_and_metadata_are_kept_byte_for_byte() {
        let data = r#"{"b":1.10, "a":12345678901234567890.123456789,"a":"\u0000\u2028😀", "e":1E999}"#;
        let body = format!(r#" {{"type":"a.b","data": {data} ,"metadata":{{"x" : 1.0}}}} "#);
        let batch = read(body.as_bytes(), 3).unwrap();
        assert_eq!(batch.events[0].data.as_str(), data);
        assert_eq!(batch.events[0].metadata.as_ref().unwrap().as_str(), r#"{"x" : 1.0}"#);
        assert_eq!(batch.writing, Writing::One);
    }

    #[test]
    fn what_may_be_left_out_may_be_null() {
        let body = r#"[{"type":"a","data":null,"version":null,"source":null,"time":null,"id":null,"metadata":null}]"#;
        let event = &read(body.as_bytes(), 3).unwrap().events[0];
        assert_eq!((event.version, event.source.as_str(), event.data.as_str()), (1, "/", "null"));
        assert!(event.time.is_none() && event.key.is_none() && event.metadata.is_none());
    }

    #[test]
    fn every_flaw_is_named_by_its_place() {
        assert_eq!(flaws("{}"), [("/type".into(), "missing"), ("/data".into(), "missing")]);
        assert_eq!(flaws("[1]"), [("/0".into(), "not_an_object")]);
        assert_eq!(flaws("\"x\""), [(String::new(), "not_an_object")]);
        assert_eq!(flaws(r#"{"type":null,"data":1}"#), [("/type".into(), "wrong_type")]);
        let all = r#"[{"type":"a","data":1},{"type":"A","data":1,"version":1.5,"source":"a b","time":"now","id":"","x/y":1,"data":2}]"#;
        let expected = ["/1/x~1y", "/1/data", "/1/type", "/1/version", "/1/source", "/1/id", "/1/time"];
        assert_eq!(flaws(all).into_iter().map(|(pointer, _)| pointer).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_not_json_is_told_with_line_and_column() {
        for body in ["", "{", "[{\"type\":\"a\"", "{\"type\":\"a\",\"data\":1}}", "{'type':1}", "\u{feff}{}"]
        {
            let Err(Unreadable::Malformed(reason)) = read(body.as_bytes(), 3) else { panic!("{body:?}") };
            assert!(reason.contains("line 1"), "{reason}");
        }
        assert!(matches!(read(b"{\"type\":\"a\",\"data\":\"\xff\"}", 3), Err(Unreadable::Malformed(_))));
    }

    #[test]
    fn events_beyond_the_bound_are_counted_and_refused() {
        let body = format!("[{}]", [r#"{"type":"a","data":1}"#; 5].join(","));
        assert_eq!(read(body.as_bytes(), 3).unwrap_err(), Unreadable::TooMany { found: 5, max: 3 });
    }

    #[test]
    fn deeply_nested_data_needs_no_stack() {
        let body = format!(r#"{{"type":"a","data":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(body.as_bytes(), 3).unwrap().events[0].data.as_str().len(), 200_000);
    }
}
