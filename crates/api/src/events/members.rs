//! The members of one event as they stand in the body, before anything is made of them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The most members that are named as unknown or repeated; more are not worth naming.
const ODD_MAX: usize = 8;
/// The most characters of a member's name that are repeated in an answer.
const NAME_CHARS_MAX: usize = 64;

/// One event's members, borrowed from the body.
#[derive(Debug, Default)]
pub(super) struct Members<'a> {
    pub(super) event_type: Option<&'a RawValue>,
    pub(super) version: Option<&'a RawValue>,
    pub(super) source: Option<&'a RawValue>,
    pub(super) time: Option<&'a RawValue>,
    pub(super) id: Option<&'a RawValue>,
    pub(super) data: Option<&'a RawValue>,
    pub(super) metadata: Option<&'a RawValue>,
    /// Names that mean nothing here.
    pub(super) unknown: Vec<String>,
    /// Names that were given more than once.
    pub(super) repeated: Vec<&'static str>,
    /// What was there, if it was not an object.
    pub(super) instead: Option<&'static str>,
}

impl<'a> Members<'a> {
    fn instead(what: &'static str) -> Self {
        Self { instead: Some(what), ..Self::default() }
    }

    /// Notes a member that was given before, or that means nothing.
    fn odd(&mut self, repeated: Option<&'static str>, name: &str) {
        match repeated {
            Some(name) if self.repeated.len() < ODD_MAX => self.repeated.push(name),
            None if self.unknown.len() < ODD_MAX => {
                self.unknown.push(name.chars().take(NAME_CHARS_MAX).collect());
            }
            Some(_) | None => {}
        }
    }

    /// Where the member of this name goes.
    fn slot(&mut self, name: &str) -> Option<(&'static str, &mut Option<&'a RawValue>)> {
        Some(match name {
            "type" => ("type", &mut self.event_type),
            "version" => ("version", &mut self.version),
            "source" => ("source", &mut self.source),
            "time" => ("time", &mut self.time),
            "id" => ("id", &mut self.id),
            "data" => ("data", &mut self.data),
            "metadata" => ("metadata", &mut self.metadata),
            _ => return None,
        })
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Members::default();
        while let Some(name) = map.next_key::<Name<'de>>()? {
            let value: &'de RawValue = map.next_value()?;
            let repeated = match members.slot(&name.0) {
                Some((_, slot @ None)) => {
                    *slot = Some(value);
                    continue;
                }
                Some((name, Some(_))) => Some(name),
                None => None,
            };
            members.odd(repeated, &name.0);
        }
        Ok(members)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Members<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Members::instead("a list"))
    }

    fn visit_str<E>(self, _: &str) -> Result<Members<'de>, E> {
        Ok(Members::instead("a text"))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Members<'de>, E> {
        Ok(Members::instead("a boolean"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Members<'de>, E> {
        Ok(Members::instead("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Members<'de>, E> {
        Ok(Members::instead("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Members<'de>, E> {
        Ok(Members::instead("a number"))
    }

    fn visit_unit<E>(self) -> Result<Members<'de>, E> {
        Ok(Members::instead("null"))
    }
}

/// A member's name, or another text, borrowed unless it has escapes.
#[derive(Deserialize)]
pub(super) struct Name<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);
