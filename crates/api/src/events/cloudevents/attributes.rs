//! What a `CloudEvent` says about itself, before anything is made of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::super::flaws::Flaws;
use super::super::members::Name;

/// The most attributes of an event, those of the specification included.
const ATTRIBUTES_MAX: usize = 64;
/// The most characters of an attribute's name.
const NAME_CHARS_MAX: usize = 64;
/// Where the data's media type stands.
pub(super) const MEDIA_TYPE: &str = "datacontenttype";

/// The members of an object, in the order in which they stand, repeated ones included.
pub(super) struct Pairs<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;

        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a CloudEvent")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    pairs.push((name, value));
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(PairsVisitor)
    }
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A text; in binary mode everything is.
    Text(Cow<'a, str>),
    /// A boolean or a whole number, as it stands in JSON.
    Literal(&'a str),
}

impl Value<'_> {
    /// In its canonical form as a text.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Literal(text) => text,
        }
    }

    /// As JSON.
    pub(super) fn json(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => serde_json::to_string(text).expect("a text can be written").into(),
            Self::Literal(text) => (*text).into(),
        }
    }
}

/// The attributes of an event, by name.
#[derive(Debug, Default)]
pub(super) struct Attributes<'a>(BTreeMap<Cow<'a, str>, Value<'a>>);

impl<'a> Attributes<'a> {
    /// The attribute of this name.
    pub(super) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// Takes one as it stands in JSON; `null` is absence.
    pub(super) fn read(&mut self, name: Cow<'a, str>, raw: &'a RawValue, flaws: &mut Flaws) {
        let json = raw.get();
        if json == "null" {
            return;
        }
        let value = if let Ok(text) = serde_json::from_str::<Name<'a>>(json) {
            Value::Text(text.0)
        } else if matches!(json, "true" | "false") || serde_json::from_str::<i32>(json).is_ok() {
            Value::Literal(json)
        } else {
            let name = shown(&name);
            let detail = format!(
                "{name}: an attribute is a text, a boolean or a whole number of 32 bits; put anything else into data"
            );
            flaws.add(&name, "wrong_type", detail);
            return;
        };
        self.take(name, value, flaws);
    }

    /// Takes one, if its name and its text are those of an attribute.
    pub(super) fn take(&mut self, name: Cow<'a, str>, value: Value<'a>, flaws: &mut Flaws) {
        let good = (1..=NAME_CHARS_MAX).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if !good {
            let name = shown(&name);
            let detail = format!(
                "{name}: the name of an attribute is 1 to {NAME_CHARS_MAX} lower-case letters and digits"
            );
            flaws.add(&name, "attribute_name", detail);
        } else if value.text().chars().any(char::is_control) {
            flaws.add(&name, "attribute_text", format!("{name}: an attribute has no control characters"));
        } else if self.0.contains_key(&name) {
            flaws.add(&name, "repeated_member", format!("{name} is given twice: keep one"));
        } else if self.0.len() >= ATTRIBUTES_MAX {
            let told = flaws.found.iter().any(|flaw| flaw.code == "too_many_attributes");
            if !told {
                flaws.add(
                    "",
                    "too_many_attributes",
                    format!("an event has at most {ATTRIBUTES_MAX} attributes"),
                );
            }
        } else {
            self.0.insert(name, value);
        }
    }
}

/// As much of a name as is repeated in an answer.
fn shown(name: &str) -> String {
    name.chars().take(NAME_CHARS_MAX).collect()
}
