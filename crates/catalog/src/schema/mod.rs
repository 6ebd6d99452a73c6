//! Schemas of the data of event types: compiled once, within bounds; what data does not keep is told by path and rule.
//!
//! A schema is a JSON Schema 2020-12 document that stands by itself. It may refer to places within itself and to *shared
//! parts* of the catalogue (`../shared/actor/v1.json`), which are built into it. Nothing is ever fetched.

mod bounds;
mod bundle;
mod compare;
mod error;
mod sample;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use crate::document::read;

pub(crate) use compare::names;
pub use compare::{Broken, accepts_all};
pub use error::{Problem, SchemaError};
pub use sample::SampleError;

/// Bounds of schemas.
pub mod limits {
    /// The most bytes of a schema.
    pub const SCHEMA_BYTES: usize = 64 * 1024;
    /// How deep a schema may be nested.
    pub const DEPTH: usize = 32;
    /// The most subschemas, shared parts included.
    pub const SUBSCHEMAS: usize = 2_000;
    /// The most properties, of all subschemas together.
    pub const PROPERTIES: usize = 1_000;
    /// The most definitions.
    pub const DEFINITIONS: usize = 200;
    /// The most subschemas when each reference is replaced by what it refers to.
    pub const EXPANDED: usize = 10_000;
    /// The most regular expressions.
    pub const PATTERNS: usize = 64;
    /// The most bytes of a regular expression.
    pub const PATTERN_BYTES: usize = 256;
    /// The most memory that a compiled regular expression may take, in bytes.
    pub const PATTERN_SIZE: usize = 256 * 1024;
    /// The most examples.
    pub const EXAMPLES: usize = 32;
    /// The most shared parts that are built in.
    pub const SHARED: usize = 32;
    /// The most problems that are told of one event.
    pub const PROBLEMS: usize = 16;
    /// The most characters of what a problem says.
    pub const PROBLEM_CHARS: usize = 240;
}

/// The shared parts that schemas may refer to: their text by `<name>/v<N>`, such as `actor/v1`.
pub trait SharedParts {
    /// The text of the part with this name.
    fn part(&self, name: &str) -> Option<&str>;
}

/// No shared parts, or those of a map.
impl SharedParts for BTreeMap<String, Arc<str>> {
    fn part(&self, name: &str) -> Option<&str> {
        self.get(name).map(|text| &**text)
    }
}

/// A compiled schema.
pub struct Schema {
    text: Arc<str>,
    /// The document with the shared parts built in.
    document: Value,
    shared: Vec<String>,
    /// As they stand in the text.
    examples: Vec<Box<str>>,
    validator: Validator,
}

impl Schema {
    /// Reads, bounds and compiles a schema.
    pub fn compile(text: &str, shared: &dyn SharedParts) -> Result<Self, SchemaError> {
        let document = bounds::read(text)?;
        let (document, shared) = bundle::bundle(document, shared)?;
        bounds::check(&document)?;
        let validator = compiled(&document)?;
        let examples = examples(text);
        let schema = Self { text: text.into(), document, shared, examples, validator };
        schema.check_examples()?;
        Ok(schema)
    }

    /// The schema as it was given.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The schema with the shared parts built in, which stands by itself.
    pub const fn document(&self) -> &Value {
        &self.document
    }

    /// The names of the shared parts that it uses, such as `actor/v1`.
    pub fn shared(&self) -> &[String] {
        &self.shared
    }

    /// What it calls itself.
    pub fn id(&self) -> Option<&str> {
        self.document.get(bundle::ID_KEPT).and_then(Value::as_str)
    }

    /// Its examples as they are written, each of them JSON.
    pub fn examples(&self) -> impl ExactSizeIterator<Item = &str> {
        self.examples.iter().map(|example| &**example)
    }

    /// What is wrong with `data`; nothing if it is valid. At most [`limits::PROBLEMS`].
    pub fn validate(&self, data: &str) -> Vec<Problem> {
        match serde_json::from_str::<Value>(data) {
            Ok(value) => self.validate_value(&value),
            Err(error) => vec![Problem::unreadable(&error)],
        }
    }

    /// Likewise, of data that was read before.
    pub fn validate_value(&self, data: &Value) -> Vec<Problem> {
        // Asking yes or no costs a fraction of asking why, and most data is valid.
        if self.validator.is_valid(data) {
            return Vec::new();
        }
        self.validator.iter_errors(data).take(limits::PROBLEMS).map(|error| Problem::of(&error)).collect()
    }

    /// Whether `data` is valid; costs less than asking what is wrong.
    pub fn is_valid(&self, data: &str) -> bool {
        serde_json::from_str::<Value>(data).is_ok_and(|value| self.validator.is_valid(&value))
    }

    /// Valid data: an example, or made from the schema if there is none. `which` chooses among them, always alike.
    pub fn sample(&self, which: u64) -> Result<String, SampleError> {
        sample::sample(self, which)
    }

    /// Valid data made from the schema, whether or not there are examples.
    pub fn generated(&self, which: u64) -> Result<String, SampleError> {
        sample::generated(self, which)
    }

    fn check_examples(&self) -> Result<(), SchemaError> {
        if self.document.get("examples").is_some_and(|examples| !examples.is_array()) {
            return Err(SchemaError::Invalid {
                path: "/examples".into(),
                reason: "the examples are a list".into(),
            });
        }
        if self.examples.len() > limits::EXAMPLES {
            return Err(SchemaError::TooMany { what: "examples", max: limits::EXAMPLES });
        }
        for (index, example) in self.examples.iter().enumerate() {
            if let Some(problem) = self.validate(example).into_iter().next() {
                return Err(SchemaError::Example { index, problem });
            }
        }
        Ok(())
    }
}

/// The examples of a schema's text, byte for byte.
fn examples(text: &str) -> Vec<Box<str>> {
    let members = read::members(text).unwrap_or_default();
    let examples = members.into_iter().rfind(|(name, _)| name == "examples");
    let examples = examples.and_then(|(_, list)| read::elements(list)).unwrap_or_default();
    examples.into_iter().map(Into::into).collect()
}

impl std::fmt::Debug for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Schema").field("id", &self.id()).finish_non_exhaustive()
    }
}

fn compiled(document: &Value) -> Result<Validator, SchemaError> {
    let patterns =
        PatternOptions::regex().size_limit(limits::PATTERN_SIZE).dfa_size_limit(limits::PATTERN_SIZE);
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(patterns)
        .should_validate_formats(true)
        .offline()
        .build(document)
        .map_err(|error| SchemaError::Invalid {
            path: error.instance_path().to_string(),
            reason: error::shortened(&error.to_string()),
        })
}
