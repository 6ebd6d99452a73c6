//! Which types of events a subscription wants, and at which versions.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use rules::{EventType, TypePattern, TypePatternError};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::versions::View;

/// A wanted type: a pattern, and the version that its events are wanted at, if not the latest.
///
/// | written | accepts |
/// |---|---|
/// | `benchmark.completed` | that type, at the latest version |
/// | `benchmark.completed@2` | that type, cast to version 2 |
/// | `benchmark.*`, `*` | a family or all types, each at its latest version |
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WantedType {
    /// Which types.
    pub pattern: TypePattern,
    /// At which version; only single types are pinned.
    pub version: Option<u32>,
}

/// Why a text does not name a wanted type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WantedTypeError {
    /// What stands before the `@`, or the whole, is no pattern.
    #[error(transparent)]
    Pattern(#[from] TypePatternError),
    /// What stands behind it is no version.
    #[error("behind \"@\" stands a version: a whole number from 1, as in \"benchmark.completed@2\"")]
    Version,
    /// A pattern for many types with a version.
    #[error("only a single type can be wanted at a version, since each type has versions of its own")]
    Many,
}

impl WantedType {
    /// Reads a wanted type.
    pub fn parse(text: &str) -> Result<Self, WantedTypeError> {
        let Some((pattern, version)) = text.split_once('@') else {
            return Ok(Self { pattern: TypePattern::parse(text)?, version: None });
        };
        let pattern = TypePattern::parse(pattern)?;
        // As it is written: no sign, no zero in front.
        let digits = version.bytes().all(|byte| byte.is_ascii_digit()) && !version.starts_with('0');
        let version = version.parse().ok().filter(|_| digits).ok_or(WantedTypeError::Version)?;
        match pattern {
            TypePattern::Exact(_) => Ok(Self { pattern, version: Some(version) }),
            TypePattern::Below(_) | TypePattern::All => Err(WantedTypeError::Many),
        }
    }

    /// The type and version that are pinned, if they are.
    pub const fn pin(&self) -> Option<(&EventType, u32)> {
        match (&self.pattern, self.version) {
            (TypePattern::Exact(name), Some(version)) => Some((name, version)),
            _ => None,
        }
    }
}

impl From<TypePattern> for WantedType {
    fn from(pattern: TypePattern) -> Self {
        Self { pattern, version: None }
    }
}

impl FromStr for WantedType {
    type Err = WantedTypeError;

    fn from_str(text: &str) -> Result<Self, WantedTypeError> {
        Self::parse(text)
    }
}

impl fmt::Display for WantedType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "{}@{version}", self.pattern),
            None => self.pattern.fmt(f),
        }
    }
}

impl Serialize for WantedType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WantedType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

/// Why a set of event types was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventTypesError {
    /// Too few or too many.
    #[error("{found} event types given, between 1 and {max} are allowed; use \"*\" for all", max = EventTypes::COUNT_MAX)]
    Count {
        /// How many there are.
        found: usize,
    },
    /// One type at two versions: each event leads to one delivery.
    #[error("\"{name}\" is wanted at two versions; an event is delivered once, at one of them")]
    TwoVersions {
        /// Which type.
        name: EventType,
    },
}

/// The wanted types: 1 to 64, in order, without repeats, each at one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<WantedType>", into = "Vec<WantedType>")]
pub struct EventTypes(Vec<WantedType>);

impl EventTypes {
    /// The most of them.
    pub const COUNT_MAX: usize = 64;

    /// The wanted types.
    pub fn wanted(&self) -> &[WantedType] {
        &self.0
    }

    /// Their patterns.
    pub fn patterns(&self) -> impl Iterator<Item = &TypePattern> {
        self.0.iter().map(|wanted| &wanted.pattern)
    }

    /// Whether one of them accepts `event_type`.
    pub fn accept(&self, event_type: &EventType) -> bool {
        self.patterns().any(|pattern| pattern.matches(event_type))
    }

    /// At which version events of this type are wanted: pinned, if any of the wanted types says so.
    pub fn view(&self, event_type: &EventType) -> View {
        let pin = self.0.iter().filter_map(WantedType::pin).find(|(name, _)| *name == event_type);
        pin.map_or(View::Latest, |(_, version)| View::Pinned(version))
    }
}

impl TryFrom<Vec<WantedType>> for EventTypes {
    type Error = EventTypesError;

    fn try_from(given: Vec<WantedType>) -> Result<Self, EventTypesError> {
        if !(1..=Self::COUNT_MAX).contains(&given.len()) {
            return Err(EventTypesError::Count { found: given.len() });
        }
        let mut unique: Vec<WantedType> = Vec::with_capacity(given.len());
        for wanted in given {
            if unique.contains(&wanted) {
                continue;
            }
            if let Some((name, _)) = wanted.pin()
                && unique.iter().filter_map(WantedType::pin).any(|(other, _)| other == name)
            {
                return Err(EventTypesError::TwoVersions { name: name.clone() });
            }
            unique.push(wanted);
        }
        Ok(Self(unique))
    }
}

impl TryFrom<Vec<TypePattern>> for EventTypes {
    type Error = EventTypesError;

    fn try_from(patterns: Vec<TypePattern>) -> Result<Self, EventTypesError> {
        patterns.into_iter().map(WantedType::from).collect::<Vec<_>>().try_into()
    }
}

impl From<EventTypes> for Vec<WantedType> {
    fn from(types: EventTypes) -> Self {
        types.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(texts: &[&str]) -> Result<EventTypes, EventTypesError> {
        texts.iter().map(|text| WantedType::parse(text).unwrap()).collect::<Vec<_>>().try_into()
    }

    #[test]
    fn a_wanted_type_is_written_as_it_was_read() {
        for text in ["a.b", "a.b@1", "a.b@4294967295", "a.*", "*"] {
            assert_eq!(WantedType::parse(text).unwrap().to_string(), text);
        }
        for text in ["a@", "a@0", "a@01", "a@+1", "a@x", "a@1@2", "a@4294967296"] {
            assert_eq!(WantedType::parse(text), Err(WantedTypeError::Version), "{text}");
        }
        assert_eq!(WantedType::parse("a.*@1"), Err(WantedTypeError::Many));
        assert_eq!(WantedType::parse("*@1"), Err(WantedTypeError::Many));
    }

    #[test]
    fn a_pin_counts_more_than_a_family_that_accepts_the_type_too() {
        let name = |text| EventType::parse(text).unwrap();
        let types = types(&["a.*", "a.b@2", "a.b@2"]).unwrap();
        assert_eq!(types.view(&name("a.b")), View::Pinned(2));
        assert_eq!(types.view(&name("a.c")), View::Latest);
        assert_eq!(types.wanted().len(), 2);
    }

    #[test]
    fn one_type_at_two_versions_is_refused() {
        let name = EventType::parse("a.b").unwrap();
        assert_eq!(types(&["a.b@1", "a.b@2"]), Err(EventTypesError::TwoVersions { name }));
        assert_eq!(types(&[]), Err(EventTypesError::Count { found: 0 }));
        assert!(types(&["a.b", "a.b@2"]).is_ok());
    }
}
