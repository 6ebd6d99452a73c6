//! Why a text is no schema, and what is wrong with data.

use jsonschema::ValidationError;
use serde::{Deserialize, Serialize};

use super::limits;

/// Something in data that its schema does not allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message} (rule \"{rule}\" at \"{path}\")")]
pub struct Problem {
    /// Where in the data: a JSON pointer.
    pub path: String,
    /// The rule of the schema that is broken: a keyword, such as `required`.
    pub rule: String,
    /// Where that rule stands in the schema: a JSON pointer.
    pub schema_path: String,
    /// What is wrong, in words.
    pub message: String,
}

impl Problem {
    pub(super) fn of(error: &ValidationError<'_>) -> Self {
        Self {
            path: shortened(&error.instance_path().to_string()),
            rule: error.kind().keyword().to_owned(),
            schema_path: shortened(&error.schema_path().to_string()),
            message: shortened(&error.to_string()),
        }
    }

    /// Of data that is carried but cannot be looked at: too deep, or with numbers beyond all measure.
    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        Self {
            path: String::new(),
            rule: "json".to_owned(),
            schema_path: String::new(),
            message: shortened(&format!("the data cannot be validated: {error}")),
        }
    }
}

/// The beginning of a text that may repeat what somebody sent.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= limits::PROBLEM_CHARS {
        return text.to_owned();
    }
    text.chars().take(limits::PROBLEM_CHARS - 1).chain(['…']).collect()
}

/// Why a text is not a schema that may be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// More bytes than the bound.
    #[error("a schema has at most {max} bytes, not {found}", max = limits::SCHEMA_BYTES)]
    TooLarge {
        /// How many there are.
        found: usize,
    },
    /// Not JSON, or not an object.
    #[error("a schema is a JSON object: {reason}")]
    NotAnObject {
        /// What it is instead.
        reason: String,
    },
    /// Nested too deeply.
    #[error("a schema is nested at most {max} deep", max = limits::DEPTH)]
    TooDeep,
    /// More of something than the bound.
    #[error("a schema has at most {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// A reference that leads to itself.
    #[error("the reference at \"{path}\" leads back to itself")]
    Recursive {
        /// Where it stands in the schema: a JSON pointer.
        path: String,
    },
    /// A reference to something outside.
    #[error(
        "the reference \"{reference}\" at \"{path}\" leads outside; refer to \"#/$defs/…\" or to a shared part such as \"../shared/actor/v1.json\""
    )]
    Remote {
        /// Where it stands in the schema.
        path: String,
        /// What it refers to.
        reference: String,
    },
    /// A reference to something that is not there.
    #[error("the reference \"{reference}\" at \"{path}\" leads nowhere")]
    Dangling {
        /// Where it stands in the schema.
        path: String,
        /// What it refers to.
        reference: String,
    },
    /// A keyword that is not used here.
    #[error("\"{keyword}\" at \"{path}\" is not supported: {reason}")]
    Unsupported {
        /// Where it stands in the schema.
        path: String,
        /// Which keyword.
        keyword: String,
        /// Why not.
        reason: &'static str,
    },
    /// A regular expression that is too long, too costly, or none.
    #[error("the pattern at \"{path}\" {reason}")]
    Pattern {
        /// Where it stands in the schema.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Against the rules of JSON Schema.
    #[error("it is no JSON Schema 2020-12: {reason} (at \"{path}\")")]
    Invalid {
        /// Where in the schema.
        path: String,
        /// What is wrong there.
        reason: String,
    },
    /// An example that the schema does not allow.
    #[error("example {index} is not valid: {problem}")]
    Example {
        /// Which, from 0.
        index: usize,
        /// What is wrong with it.
        problem: Problem,
    },
}

impl SchemaError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "schema_too_large",
            Self::NotAnObject { .. } => "schema_not_an_object",
            Self::TooDeep => "schema_too_deep",
            Self::TooMany { .. } => "schema_too_complex",
            Self::Recursive { .. } => "schema_recursive",
            Self::Remote { .. } => "schema_reference_outside",
            Self::Dangling { .. } => "schema_reference_dangling",
            Self::Unsupported { .. } => "schema_keyword_unsupported",
            Self::Pattern { .. } => "schema_pattern",
            Self::Invalid { .. } => "schema_invalid",
            Self::Example { .. } => "example_invalid",
        }
    }

    /// Where in the schema, or in the example.
    pub fn path(&self) -> &str {
        match self {
            Self::TooLarge { .. } | Self::NotAnObject { .. } | Self::TooDeep | Self::TooMany { .. } => "",
            Self::Recursive { path }
            | Self::Remote { path, .. }
            | Self::Dangling { path, .. }
            | Self::Unsupported { path, .. }
            | Self::Pattern { path, .. }
            | Self::Invalid { path, .. } => path,
            Self::Example { problem, .. } => &problem.path,
        }
    }
}
