//! Operands: single values, and lists of them.

use std::cmp::Ordering;

use super::error::FilterProblem;
use super::limits;
use crate::json::{Decimal, Text, Value};

/// A value that is compared as a whole.
#[derive(Debug)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Number(Decimal),
    String(Box<str>),
}

impl Scalar {
    /// What operands of this kind are called in refusals.
    pub(super) const WANTED: &'static str = "a string, a number, true, false or null";

    /// Reads an operand; `None` for an array or object.
    pub(super) fn read(value: Value<'_>) -> Result<Option<Self>, FilterProblem> {
        Ok(Some(match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Number(text) => Self::Number(number(text)?),
            Value::String(text) => Self::String(string(text)?.into()),
            Value::Array(_) | Value::Object(_) => return Ok(None),
        }))
    }

    /// Whether the value is this one.
    pub(super) fn equals(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Null, Value::Null) => true,
            (Self::Bool(own), Value::Bool(other)) => *own == other,
            (Self::Number(own), Value::Number(other)) => own.order_of(other).is_some_and(Ordering::is_eq),
            (Self::String(own), Value::String(other)) => other.is(own),
            _ => false,
        }
    }

    /// Whether the value differs from this one in a way that says something: it has the same type, or this is `null`.
    pub(super) fn can_differ_from(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Null, _) | (Self::Bool(_), Value::Bool(_)) | (Self::String(_), Value::String(_)) => true,
            (Self::Number(own), Value::Number(other)) => own.order_of(other).is_some(),
            _ => false,
        }
    }

    /// The operand as JSON.
    pub(super) fn json(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(flag) => flag.to_string(),
            Self::Number(number) => number.as_str().into(),
            Self::String(text) => quoted(text),
        }
    }
}

/// A list of values. Strings and numbers are found by bisection, since long lists are lists of names and ids.
#[derive(Debug)]
pub(super) struct Scalars {
    items: Box<[Scalar]>,
    strings: Box<[Box<str>]>,
    numbers: Box<[Decimal]>,
}

impl Scalars {
    pub(super) fn new(items: Vec<Scalar>) -> Self {
        let (mut strings, mut numbers) = (Vec::new(), Vec::new());
        for item in &items {
            match item {
                Scalar::String(text) => strings.push(text.clone()),
                Scalar::Number(number) => numbers.push(number.clone()),
                Scalar::Null | Scalar::Bool(_) => {}
            }
        }
        strings.sort_unstable();
        numbers.sort_by(Decimal::order);
        Self { items: items.into(), strings: strings.into(), numbers: numbers.into() }
    }

    pub(super) fn items(&self) -> &[Scalar] {
        &self.items
    }

    /// Whether the value is one of these.
    pub(super) fn contains(&self, value: Value<'_>) -> bool {
        match value {
            Value::String(text) => self.strings.binary_search_by(|own| text.order(own).reverse()).is_ok(),
            Value::Number(text) => Decimal::is_among(text, &self.numbers),
            _ => self.items.iter().any(|item| item.equals(value)),
        }
    }

    /// The list as JSON.
    pub(super) fn json(&self) -> String {
        let items: Vec<String> = self.items.iter().map(Scalar::json).collect();
        format!("[{}]", items.join(","))
    }
}

/// A string operand within its bound.
pub(super) fn string(text: Text<'_>) -> Result<String, FilterProblem> {
    let read = text.read_strictly().ok_or(FilterProblem::HalfCharacter)?;
    if read.len() > limits::STRING_BYTES_MAX {
        return Err(FilterProblem::StringTooLong { found: read.len() });
    }
    Ok(read.into_owned())
}

/// A number operand within its bounds.
pub(super) fn number(text: &str) -> Result<Decimal, FilterProblem> {
    if text.len() > limits::NUMBER_BYTES_MAX {
        return Err(FilterProblem::NumberTooLong { found: text.len() });
    }
    Decimal::parse(text)
        .filter(|number| number.magnitude().unsigned_abs() <= limits::EXPONENT_MAX)
        .ok_or(FilterProblem::NumberTooExtreme)
}

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is always JSON")
}
