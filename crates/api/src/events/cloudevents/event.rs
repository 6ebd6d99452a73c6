//! From the attributes of a `CloudEvent` to an event.

use std::fmt::Display;

use app::publish::NewEvent;
use domain::event::{EventKey, Source};
use domain::{EventType, RawJson, Timestamp};

use super::super::flaws::Flaws;
use super::super::read::DEFAULT_VERSION;
use super::attributes::{Attributes, MEDIA_TYPE};
use crate::media;

/// The only version of the specification that is understood.
const SPECVERSION: &str = "1.0";
/// Attributes with a place of their own in an event, which metadata need not repeat.
const PLACED: [&str; 6] = ["specversion", "id", "source", "type", "time", "dataversion"];
/// Attributes, and the members of metadata that they become.
const KNOWN: [(&str, &str); 4] = [
    ("correlationid", "correlation_id"),
    ("causationid", "causation_id"),
    ("traceparent", "traceparent"),
    ("tracestate", "tracestate"),
];

/// The event, or nothing if something is wrong with it.
pub(super) fn of(attributes: &Attributes<'_>, data: Option<RawJson>, flaws: &mut Flaws) -> Option<NewEvent> {
    let mut reader = Reader { attributes, flaws };
    let specversion = reader.required("specversion", "specversion", specversion);
    let key = reader.required("id", "id", EventKey::new);
    let source = reader.required("source", "source", Source::new);
    let event_type = reader.required("type", "event_type", EventType::parse);
    let time = reader.optional("time", "time", str::parse::<Timestamp>);
    reader.optional(MEDIA_TYPE, MEDIA_TYPE, json_media);
    let version = reader.version(event_type.as_ref());
    specversion?;
    Some(NewEvent {
        event_type: event_type?,
        version: version?,
        source: source?,
        time,
        key: Some(key?),
        data: data.unwrap_or_else(|| RawJson::parse("null").expect("null is JSON")),
        metadata: metadata(attributes),
    })
}

/// Reads attributes, and notes what is wrong with them.
struct Reader<'r> {
    attributes: &'r Attributes<'r>,
    flaws: &'r mut Flaws,
}

impl Reader<'_> {
    fn optional<T, E: Display>(
        &mut self,
        name: &str,
        code: &'static str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.attributes.get(name)?;
        read(value.text()).map_err(|error| self.flaws.add(name, code, format!("{name}: {error}"))).ok()
    }

    fn required<T, E: Display>(
        &mut self,
        name: &str,
        code: &'static str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        if self.attributes.get(name).is_none() {
            self.flaws.add(
                name,
                "missing",
                format!("{name} is missing: a CloudEvent has specversion, id, source and type"),
            );
        }
        self.optional(name, code, read)
    }

    /// The version of the type: told by `dataversion`, or by a schema that names it; the two must agree.
    fn version(&mut self, event_type: Option<&EventType>) -> Option<u32> {
        let of_schema = self.attributes.get("dataschema").zip(event_type);
        let of_schema = of_schema.and_then(|(schema, event_type)| schema_version(schema.text(), event_type));
        if self.attributes.get("dataversion").is_none() {
            return Some(of_schema.unwrap_or(DEFAULT_VERSION));
        }
        let told = self.optional("dataversion", "version", version)?;
        if of_schema.is_some_and(|version| version != told) {
            let detail =
                format!("dataschema names another version of the type than dataversion, which is {told}");
            self.flaws.add("dataschema", "version", detail);
            return None;
        }
        Some(told)
    }
}

fn specversion(text: &str) -> Result<(), &'static str> {
    if text == SPECVERSION { Ok(()) } else { Err("only \"1.0\" is understood") }
}

fn version(text: &str) -> Result<u32, &'static str> {
    let version = text.parse().ok().filter(|version| *version > 0);
    version.ok_or("the version of the type is a whole number from 1 to 4294967295")
}

fn json_media(text: &str) -> Result<(), &'static str> {
    if media::is_json(text) {
        Ok(())
    } else {
        Err("data is JSON in UTF-8 here: application/json, or a type that ends in +json")
    }
}

/// What a schema's address says about the version: it ends in `/<type>/v<version>`, perhaps with `.json`.
fn schema_version(schema: &str, event_type: &EventType) -> Option<u32> {
    let (rest, last) = schema.strip_suffix(".json").unwrap_or(schema).rsplit_once('/')?;
    let named = rest.rsplit('/').next() == Some(event_type.as_str());
    version(last.strip_prefix('v')?).ok().filter(|_| named)
}

/// What the event's metadata says: what it has names for, then all other attributes by name. Nothing if there are none.
fn metadata(attributes: &Attributes<'_>) -> Option<RawJson> {
    let known = KNOWN.iter().filter_map(|(attribute, member)| {
        // They are texts; a number is taken as its digits.
        Some(format!("\"{member}\":{}", serde_json::to_string(attributes.get(attribute)?.text()).ok()?))
    });
    let mut members: Vec<_> = known.collect();
    let others = attributes.iter().filter(|(name, value)| {
        let usual = *name == MEDIA_TYPE && media::is_plain_json(value.text());
        !PLACED.contains(name) && !usual && !KNOWN.iter().any(|(attribute, _)| attribute == name)
    });
    let others: Vec<_> = others.map(|(name, value)| format!("\"{name}\":{}", value.json())).collect();
    if !others.is_empty() {
        members.push(format!("\"attributes\":{{{}}}", others.join(",")));
    }
    let json = format!("{{{}}}", members.join(","));
    (!members.is_empty()).then(|| RawJson::parse(&json).expect("what was just written is JSON"))
}
