//! Patterns over event types: one type, a family, or all.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::event_type::{EventType, EventTypeError};

/// Why a text is not a pattern over event types.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypePatternError {
    /// A star that does not stand for everything below a family.
    #[error("\"*\" may stand alone (all types) or close a family (\"benchmark.*\"), nowhere else")]
    Star,
    /// What stands before the star, or the whole, is not an event type.
    #[error(transparent)]
    EventType(#[from] EventTypeError),
}

/// Which types of events a subscription wants.
///
/// | written | accepts |
/// |---|---|
/// | `benchmark.completed` | that type |
/// | `benchmark.*` | everything below it at any depth, such as `benchmark.run.started`; not `benchmark` itself |
/// | `*` | every type |
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypePattern {
    /// This type alone.
    Exact(EventType),
    /// Every type below this family.
    Below(EventType),
    /// Every type.
    All,
}

impl TypePattern {
    /// The most bytes a pattern may have when written: a family and its star.
    pub const BYTES_MAX: usize = EventType::BYTES_MAX + ".*".len();

    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, TypePatternError> {
        if text == "*" {
            return Ok(Self::All);
        }
        let (name, family) = text.strip_suffix(".*").map_or((text, false), |family| (family, true));
        if name.len() <= EventType::BYTES_MAX && name.contains('*') {
            return Err(TypePatternError::Star);
        }
        let name = EventType::parse(name)?;
        Ok(if family { Self::Below(name) } else { Self::Exact(name) })
    }

    /// Whether the pattern accepts this type.
    pub fn matches(&self, event_type: &EventType) -> bool {
        match self {
            Self::Exact(wanted) => wanted == event_type,
            Self::Below(family) => {
                event_type.as_str().strip_prefix(family.as_str()).is_some_and(|below| below.starts_with('.'))
            }
            Self::All => true,
        }
    }
}

impl FromStr for TypePattern {
    type Err = TypePatternError;

    fn from_str(text: &str) -> Result<Self, TypePatternError> {
        Self::parse(text)
    }
}

impl fmt::Display for TypePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(event_type) => f.write_str(event_type.as_str()),
            Self::Below(family) => write!(f, "{family}.*"),
            Self::All => f.write_str("*"),
        }
    }
}

impl Serialize for TypePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TypePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(pattern: &str, event_type: &str) -> bool {
        TypePattern::parse(pattern).unwrap().matches(&EventType::parse(event_type).unwrap())
    }

    #[test]
    fn an_exact_pattern_accepts_its_type_alone() {
        assert!(accepts("benchmark.completed", "benchmark.completed"));
        assert!(!accepts("benchmark.completed", "benchmark.completed.late"));
        assert!(!accepts("benchmark.completed", "benchmark"));
    }

    #[test]
    fn a_family_accepts_any_depth_below_but_not_itself_nor_its_namesakes() {
        assert!(accepts("benchmark.*", "benchmark.completed"));
        assert!(accepts("benchmark.*", "benchmark.run.started"));
        assert!(accepts("benchmark.run.*", "benchmark.run.started"));
        assert!(!accepts("benchmark.*", "benchmark"));
        assert!(!accepts("benchmark.*", "benchmarks.completed"));
        assert!(!accepts("benchmark.run.*", "benchmark.completed"));
    }

    #[test]
    fn a_lone_star_accepts_everything() {
        assert!(accepts("*", "a"));
        assert!(accepts("*", "a.b.c"));
    }

    #[test]
    fn a_star_elsewhere_is_refused() {
        for text in ["*.completed", "bench*", "a.*.b", "**", "a.**", "*.*", "a.b*"] {
            assert_eq!(TypePattern::parse(text), Err(TypePatternError::Star), "{text:?}");
        }
    }

    #[test]
    fn what_stands_before_the_star_must_be_a_type() {
        for text in ["", ".*", "A.*", "a..*", "a b"] {
            assert!(matches!(TypePattern::parse(text), Err(TypePatternError::EventType(_))), "{text:?}");
        }
    }

    #[test]
    fn the_bound_on_length_is_exact() {
        let longest = format!("{}.*", "a".repeat(EventType::BYTES_MAX));
        assert_eq!(longest.len(), TypePattern::BYTES_MAX);
        assert!(TypePattern::parse(&longest).is_ok());
        for text in [format!("a{longest}"), "*".repeat(1_000)] {
            let found = text.strip_suffix(".*").unwrap_or(&text).len();
            assert_eq!(
                TypePattern::parse(&text),
                Err(TypePatternError::EventType(EventTypeError::TooLong { found }))
            );
        }
    }

    #[test]
    fn a_pattern_is_written_as_it_was_read() {
        for text in ["a.b", "a.*", "a.b.*", "*"] {
            let pattern = TypePattern::parse(text).unwrap();
            assert_eq!(pattern.to_string(), text);
            let json = serde_json::to_string(&pattern).unwrap();
            assert_eq!(json, format!("{text:?}"));
            assert_eq!(serde_json::from_str::<TypePattern>(&json).unwrap(), pattern);
        }
    }
}
