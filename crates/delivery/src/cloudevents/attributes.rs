//! Which attributes an event has.
//!
//! Metadata becomes attributes where it can: `correlation_id`, `causation_id`, `traceparent` and `tracestate` under the
//! names that `CloudEvents` has for them, and the members of `attributes` under their own, which is where those of an
//! incoming `CloudEvent` were put. Where there is more, the whole metadata goes along as one text, `metadata`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::EventId;
use domain::event::Published;
use domain::versions::Seen;
use serde_json::value::RawValue;

use super::MEDIA_TYPE;

/// The most characters of an attribute's name.
const NAME_CHARS_MAX: usize = 64;
/// Members of metadata, and the attributes that they become.
const KNOWN: [(&str, &str); 4] = [
    ("correlation_id", "correlationid"),
    ("causation_id", "causationid"),
    ("traceparent", "traceparent"),
    ("tracestate", "tracestate"),
];
/// Names that publishers cannot give a meaning.
const OURS: [&str; 10] = [
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "data",
    "dataversion",
    "hookledgerid",
    "metadata",
    "metadataomitted",
];

/// An attribute.
pub(super) struct Attribute<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: Scalar<'a>,
}

/// What an attribute says.
pub(super) enum Scalar<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A boolean or a whole number, as it is written in JSON.
    Literal(Cow<'a, str>),
}

impl Scalar<'_> {
    /// In its canonical form as a text.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Literal(text) => text,
        }
    }

    /// As JSON.
    pub(super) fn json(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => serde_json::to_string(text).expect("a text can be written").into(),
            Self::Literal(text) => text.as_ref().into(),
        }
    }

    /// Of a value that a publisher gave; `None` if it is no attribute's.
    fn read(raw: &RawValue) -> Option<Scalar<'_>> {
        let json = raw.get();
        if let Ok(text) = serde_json::from_str::<Cow<'_, str>>(json) {
            // Neither allowed in an attribute nor of use in a header.
            return (!text.chars().any(char::is_control)).then_some(Scalar::Text(text));
        }
        let literal = matches!(json, "true" | "false") || serde_json::from_str::<i32>(json).is_ok();
        literal.then(|| Scalar::Literal(json.into()))
    }
}

/// The attributes of an event: required ones first, ours, then the publisher's by name.
pub(super) fn attributes<'a>(id: EventId, event: &'a Published, seen: &'a Seen<'_>) -> Vec<Attribute<'a>> {
    let mut told = Told::of(event);
    if let Some(schema) = &seen.schema {
        // Whatever schema the publisher named: this one describes what its receiver sees.
        told.attributes.insert("dataschema".into(), Scalar::Text(schema.as_ref().into()));
    }
    let text = |name, value: Cow<'static, str>| Attribute { name, value: Scalar::Text(value) };
    let own = id.to_string();
    let media = told.media.unwrap_or(Scalar::Text("application/json".into()));
    let mut attributes = vec![
        text("specversion".into(), "1.0".into()),
        Attribute {
            name: "id".into(),
            value: Scalar::Text(
                event.key.as_ref().map_or_else(|| own.clone().into(), |key| key.as_str().into()),
            ),
        },
        Attribute { name: "source".into(), value: Scalar::Text(event.source.as_str().into()) },
        Attribute { name: "type".into(), value: Scalar::Text(event.event_type.as_str().into()) },
        text("time".into(), event.time.to_string().into()),
        Attribute { name: MEDIA_TYPE.into(), value: media },
        Attribute { name: "dataversion".into(), value: Scalar::Literal(seen.version.to_string().into()) },
        text("hookledgerid".into(), own.into()),
    ];
    attributes.extend(told.attributes.into_iter().map(|(name, value)| Attribute { name, value }));
    if let Some(metadata) = event.metadata.as_ref().filter(|_| told.more) {
        attributes.push(Attribute { name: "metadata".into(), value: Scalar::Text(metadata.as_str().into()) });
    }
    attributes
}

/// What metadata says that attributes can say.
#[derive(Default)]
struct Told<'a> {
    attributes: BTreeMap<Cow<'a, str>, Scalar<'a>>,
    /// The media type of the data, if it is not the usual one.
    media: Option<Scalar<'a>>,
    /// Whether it says more than that.
    more: bool,
}

type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

impl<'a> Told<'a> {
    fn of(event: &'a Published) -> Self {
        let mut told = Self::default();
        let Some(metadata) = &event.metadata else { return told };
        let Ok(members) = serde_json::from_str::<Members<'a>>(metadata.as_str()) else {
            return Self { more: true, ..told };
        };
        for (name, raw) in members {
            let known = KNOWN.iter().find(|(member, _)| *member == name);
            match (known, Scalar::read(raw)) {
                (Some((_, attribute)), Some(value @ Scalar::Text(_))) => {
                    told.attributes.insert((*attribute).into(), value);
                }
                (None, _) if name == "attributes" => told.publishers(raw),
                _ => told.more = true,
            }
        }
        told
    }

    /// Takes over the attributes that the publisher gave.
    fn publishers(&mut self, raw: &'a RawValue) {
        let Ok(members) = serde_json::from_str::<Members<'a>>(raw.get()) else {
            self.more = true;
            return;
        };
        for (name, raw) in members {
            match Scalar::read(raw) {
                Some(value @ Scalar::Text(_)) if name == MEDIA_TYPE => self.media = Some(value),
                Some(value) if is_name(&name) && name != MEDIA_TYPE => {
                    self.attributes.entry(name).or_insert(value);
                }
                _ => self.more = true,
            }
        }
    }
}

/// Whether a publisher's attribute may be called so.
fn is_name(name: &str) -> bool {
    (1..=NAME_CHARS_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && !OURS.contains(&name)
}
