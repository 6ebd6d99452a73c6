//! A whole filter: compiled, shared, and written in one spelling.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;

use super::clause::Clause;
use super::error::{FilterError, FilterProblem};
use super::explain::{Explanation, explain};
use super::{limits, read};
use crate::event::ParsedEvent;

/// Which events a subscription accepts by their content. The crate's `filter` module documents the language.
///
/// Cheap to clone; equal to another if both have the same document. Reads from JSON and writes to it, through
/// `serde_json` only: other formats, and what serde buffers (`flatten`, internally tagged enums), would lose digits of
/// numbers and are refused.
#[derive(Clone)]
pub struct Filter(Arc<Compiled>);

struct Compiled {
    document: Box<RawValue>,
    clause: Clause,
}

impl Filter {
    /// Reads and compiles a filter. A refusal names the place and what to do about it.
    pub fn parse(json: &str) -> Result<Self, FilterError> {
        let clause = read::read(json)?;
        let mut document = String::with_capacity(json.len());
        clause.write(&mut document);
        if document.len() > limits::FILTER_BYTES_MAX {
            let problem = FilterProblem::TooLong { found: document.len() };
            return Err(FilterError { pointer: String::new(), problem });
        }
        let document = RawValue::from_string(document).expect("clauses are written as JSON");
        Ok(Self(Arc::new(Compiled { document, clause })))
    }

    /// The filter as JSON in its one spelling: what is stored and shown. Reading it gives an equal filter.
    pub fn document(&self) -> &str {
        self.0.document.get()
    }

    pub(super) fn clause(&self) -> &Clause {
        &self.0.clause
    }

    /// Whether the event is accepted.
    pub fn matches(&self, event: &ParsedEvent<'_>) -> bool {
        self.0.clause.matches(event)
    }

    /// The same answer with its reasons, clause by clause.
    pub fn explain(&self, event: &ParsedEvent<'_>) -> Explanation {
        explain(&self.0.clause, event)
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.document() == other.document()
    }
}

impl Eq for Filter {}

impl Hash for Filter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.document().hash(state);
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&format_args!("{}", self.document())).finish()
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(json: &str) -> Result<Self, FilterError> {
        Self::parse(json)
    }
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.document.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse(json.get()).map_err(de::Error::custom)
    }
}
