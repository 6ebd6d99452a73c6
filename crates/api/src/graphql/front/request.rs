//! The parameters of a request, as they stand in its body.

use async_graphql::Variables;
use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::error::Category;

use crate::list::Bounded;

/// One operation to execute. Members beside these are ignored, as the specification asks.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the specification calls it so")]
pub(crate) struct Operation {
    /// The document's text.
    pub(crate) query: String,
    /// Which of its operations.
    #[serde(default, rename = "operationName")]
    pub(crate) operation_name: Option<String>,
    /// Values for its variables.
    #[serde(default)]
    pub(crate) variables: Option<Variables>,
    /// Must be an object; nothing here reads it.
    #[serde(default, rename = "extensions")]
    pub(crate) _extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

/// What a body asks for.
#[derive(Debug)]
pub(crate) enum Wish {
    /// One operation.
    One(Box<Operation>),
    /// Several, answered in the order of the list.
    Batch(Vec<Operation>),
}

/// Why a body asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// Not JSON.
    #[error("the body is not JSON: {0}")]
    Malformed(String),
    /// JSON of another shape.
    #[error(
        "the body is not a GraphQL request: {0}; send an object with \"query\" (a text) and, if needed, \"variables\" (an object) and \"operationName\" (a text)"
    )]
    Shape(String),
    /// A list with too many operations, or none.
    #[error("{found} operations were sent as a list, between 1 and {max} are allowed")]
    Batch {
        /// The bound.
        max: usize,
        /// How many there are.
        found: usize,
    },
}

impl Unreadable {
    /// The stable code of the refusal.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "MALFORMED_JSON",
            Self::Shape(_) => "BAD_REQUEST",
            Self::Batch { .. } => "BATCH_TOO_LARGE",
        }
    }
}

impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        match error.classify() {
            Category::Data => Self::Shape(error.to_string()),
            Category::Syntax | Category::Eof | Category::Io => Self::Malformed(error.to_string()),
        }
    }
}

/// Reads a body of one operation, or of a list of at most `batch_max`.
pub(crate) fn read(body: &[u8], batch_max: usize) -> Result<Wish, Unreadable> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let wish = if is_list {
        let list = Bounded::new(batch_max).deserialize(&mut json)?;
        if list.found > batch_max || list.found == 0 {
            return Err(Unreadable::Batch { max: batch_max, found: list.found });
        }
        Wish::Batch(list.kept)
    } else {
        Wish::One(Box::deserialize(&mut json)?)
    };
    json.end()?;
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_shapes_are_told_apart_from_wrong_syntax() {
        let shapes = [
            "{}",
            r#"{"query":1}"#,
            r#"{"query":"{a}","variables":[1]}"#,
            r#"{"query":"{a}","variables":"x"}"#,
            r#"{"query":"{a}","operationName":1}"#,
            r#"{"query":"{a}","extensions":[]}"#,
            "1",
            "\"{a}\"",
            "null",
            "[1]",
        ];
        for body in shapes {
            assert!(matches!(read(body.as_bytes(), 10), Err(Unreadable::Shape(_))), "{body}");
        }
        for body in ["", "{", "{\"query\":\"{a}\"", "nonsense", "{\"query\":\"{a}\"}}"] {
            assert!(matches!(read(body.as_bytes(), 10), Err(Unreadable::Malformed(_))), "{body}");
        }
    }

    #[test]
    fn what_is_optional_may_be_null_and_what_is_unknown_is_ignored() {
        let body = r#"{"query":"{a}","variables":null,"operationName":null,"extensions":null,"x":1}"#;
        assert!(matches!(read(body.as_bytes(), 10), Ok(Wish::One(_))));
    }

    #[test]
    fn a_list_has_between_one_operation_and_the_bound() {
        let list = |n: usize| format!("[{}]", vec![r#"{"query":"{a}"}"#; n].join(","));
        assert!(matches!(read(list(2).as_bytes(), 2), Ok(Wish::Batch(all)) if all.len() == 2));
        assert_eq!(read(list(3).as_bytes(), 2).unwrap_err(), Unreadable::Batch { max: 2, found: 3 });
        assert_eq!(read(b"[]", 2).unwrap_err(), Unreadable::Batch { max: 2, found: 0 });
    }
}
