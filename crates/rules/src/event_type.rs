//! The type of an event: dotted lower-case segments, such as `benchmark.completed`.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not the type of an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventTypeError {
    /// More bytes than the bound.
    #[error("the event type has {found} bytes, at most {max} are allowed", max = EventType::BYTES_MAX)]
    TooLong {
        /// How many there are.
        found: usize,
    },
    /// Nothing at all, or nothing between two dots or beside one.
    #[error("the event type has an empty segment: write it like \"benchmark.completed\"")]
    EmptySegment,
    /// A character outside the grammar.
    #[error(
        "the event type has {found:?} at byte {at}: use lower-case letters, digits, \"_\", and \"-\" inside a segment"
    )]
    Character {
        /// The character.
        found: char,
        /// Its place in bytes, from 0.
        at: usize,
    },
}

/// The type of an event: one or more segments of `a-z`, `0-9`, `_` and (inside) `-`, joined by dots; at most 128 bytes.
///
/// ```
/// use hookledger_rules::EventType;
///
/// let event_type: EventType = "benchmark.run.completed".parse()?;
/// assert_eq!(event_type.parents().collect::<Vec<_>>(), ["benchmark.run", "benchmark"]);
/// assert!("Benchmark.completed".parse::<EventType>().is_err());
/// # Ok::<(), hookledger_rules::EventTypeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(Arc<str>);

impl EventType {
    /// The most bytes a type may have.
    pub const BYTES_MAX: usize = 128;

    /// Reads a type.
    pub fn parse(text: &str) -> Result<Self, EventTypeError> {
        check(text)?;
        Ok(Self(text.into()))
    }

    /// The type as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The families that the type belongs to, nearest first: what an index over `family.*` patterns is asked for.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(parent(&self.0), |family| parent(family))
    }
}

fn parent(text: &str) -> Option<&str> {
    text.rsplit_once('.').map(|(family, _)| family)
}

fn check(text: &str) -> Result<(), EventTypeError> {
    if text.len() > EventType::BYTES_MAX {
        return Err(EventTypeError::TooLong { found: text.len() });
    }
    let mut start = 0;
    for segment in text.split('.') {
        check_segment(segment, start)?;
        start += segment.len() + 1;
    }
    Ok(())
}

fn check_segment(segment: &str, start: usize) -> Result<(), EventTypeError> {
    let last = segment.len().checked_sub(1).ok_or(EventTypeError::EmptySegment)?;
    let odd = segment.char_indices().find(|&(at, c)| match c {
        'a'..='z' | '0'..='9' | '_' => false,
        '-' => at == 0 || at == last,
        _ => true,
    });
    odd.map_or(Ok(()), |(at, found)| Err(EventTypeError::Character { found, at: start + at }))
}

impl FromStr for EventType {
    type Err = EventTypeError;

    fn from_str(text: &str) -> Result<Self, EventTypeError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for EventType {
    type Error = EventTypeError;

    fn try_from(text: String) -> Result<Self, EventTypeError> {
        check(&text)?;
        Ok(Self(text.into()))
    }
}

impl From<EventType> for String {
    fn from(event_type: EventType) -> Self {
        event_type.as_str().to_owned()
    }
}

impl AsRef<str> for EventType {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

// Maps keyed by a type can be asked with a text: both hash and compare alike.
impl Borrow<str> for EventType {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn dotted_lower_case_segments_are_types() {
        for text in ["a", "benchmark.completed", "github.check_run", "a-b.c-1", "_x", "7.7", "result.p99_ms"]
        {
            assert_eq!(EventType::parse(text).map(String::from), Ok(text.to_owned()));
        }
    }

    #[test]
    fn empty_segments_are_refused() {
        for text in ["", ".", "a.", ".a", "a..b"] {
            assert_eq!(EventType::parse(text), Err(EventTypeError::EmptySegment), "{text:?}");
        }
    }

    #[test]
    fn a_refusal_names_the_character_and_its_place() {
        for (text, found, at) in [
            ("a.B", 'B', 2),
            ("a b", ' ', 1),
            ("ab.-c", '-', 3),
            ("a.c-", '-', 3),
            ("é", 'é', 0),
            ("a.*", '*', 2),
        ] {
            assert_eq!(EventType::parse(text), Err(EventTypeError::Character { found, at }), "{text:?}");
        }
    }

    #[test]
    fn the_bound_on_length_is_exact() {
        assert!(EventType::parse(&"a".repeat(EventType::BYTES_MAX)).is_ok());
        assert_eq!(
            EventType::parse(&"a".repeat(EventType::BYTES_MAX + 1)),
            Err(EventTypeError::TooLong { found: EventType::BYTES_MAX + 1 })
        );
    }

    #[test]
    fn a_type_is_a_text_in_json_and_is_checked_on_the_way_in() {
        let event_type = EventType::parse("a.b").unwrap();
        assert_eq!(serde_json::to_string(&event_type).unwrap(), r#""a.b""#);
        assert_eq!(serde_json::from_str::<EventType>(r#""\u0061.b""#).unwrap(), event_type);
        assert!(serde_json::from_str::<EventType>(r#""A""#).is_err());
    }

    #[test]
    fn a_map_keyed_by_types_is_asked_with_texts() {
        let map = HashMap::from([(EventType::parse("a.b").unwrap(), 1)]);
        assert_eq!(map.get("a.b"), Some(&1));
    }
}
