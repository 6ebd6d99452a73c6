//! A condition: a path, an operator and its operand, ready to be asked.

use std::cmp::Ordering;

use super::instant::Instant;
use super::limits;
use super::operator::Operator;
use super::path::Path;
use super::pattern::Pattern;
use super::scalar::{Scalar, Scalars, quoted};
use crate::event::ParsedEvent;
use crate::json::{Decimal, Text, Value};

/// What a filter asks of one field.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) path: Path,
    pub(super) test: Test,
}

/// An operator with its operand.
#[derive(Debug)]
pub(super) enum Test {
    Equals(Scalar),
    NotEquals(Scalar),
    Contains(Scalar),
    In(Scalars),
    NotIn(Scalars),
    Matches(Pattern),
    Exists(bool),
    Compare(Comparison, Bound),
}

/// Which side of the bound a value must be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Gt,
    Gte,
    Lt,
    Lte,
}

/// What values are ordered against, each among its own kind only.
#[derive(Debug)]
pub(super) enum Bound {
    Number(Decimal),
    /// With the spelling that was given.
    Instant(Instant, Box<str>),
    String(Box<str>),
}

/// What a condition may still spend on one event.
#[derive(Debug)]
pub(super) struct Budget {
    matched_bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { matched_bytes: limits::MATCHED_BYTES_MAX }
    }
}

impl Budget {
    /// Whether there was enough left for a regular expression to be tried on `text`.
    fn affords(&mut self, text: Text<'_>) -> bool {
        let left = self.matched_bytes.checked_sub(text.bytes());
        self.matched_bytes = left.unwrap_or(self.matched_bytes);
        left.is_some()
    }
}

impl Condition {
    /// Whether one of the values that the path leads to satisfies the test.
    pub(super) fn matches(&self, event: &ParsedEvent<'_>) -> bool {
        if let Test::Exists(wanted) = self.test {
            return self.path.any(event, |_| true) == wanted;
        }
        let mut budget = Budget::default();
        self.path.any(event, |value| self.test.holds(value, &mut budget))
    }
}

impl Test {
    /// Whether a value that is there satisfies the test. A value that cannot be compared does not.
    pub(super) fn holds(&self, value: Value<'_>, budget: &mut Budget) -> bool {
        match self {
            Self::Equals(operand) => operand.equals(value),
            Self::NotEquals(operand) => operand.can_differ_from(value) && !operand.equals(value),
            Self::Contains(operand) => contains(value, operand),
            Self::In(operands) => operands.contains(value),
            Self::NotIn(operands) => {
                operands.items().iter().any(|operand| operand.can_differ_from(value))
                    && !operands.contains(value)
            }
            Self::Matches(pattern) => match value {
                Value::String(text) => budget.affords(text) && pattern.is_found_in(text),
                _ => false,
            },
            Self::Exists(wanted) => *wanted,
            Self::Compare(comparison, bound) => {
                bound.order_of(value).is_some_and(|order| comparison.accepts(order))
            }
        }
    }

    pub(super) const fn operator(&self) -> Operator {
        match self {
            Self::Equals(_) => Operator::Equals,
            Self::NotEquals(_) => Operator::NotEquals,
            Self::Contains(_) => Operator::Contains,
            Self::In(_) => Operator::In,
            Self::NotIn(_) => Operator::NotIn,
            Self::Matches(_) => Operator::Matches,
            Self::Exists(_) => Operator::Exists,
            Self::Compare(Comparison::Gt, _) => Operator::Gt,
            Self::Compare(Comparison::Gte, _) => Operator::Gte,
            Self::Compare(Comparison::Lt, _) => Operator::Lt,
            Self::Compare(Comparison::Lte, _) => Operator::Lte,
        }
    }

    /// The operand as JSON.
    pub(super) fn operand_json(&self) -> String {
        match self {
            Self::Equals(operand) | Self::NotEquals(operand) | Self::Contains(operand) => operand.json(),
            Self::In(operands) | Self::NotIn(operands) => operands.json(),
            Self::Matches(pattern) => quoted(pattern.as_str()),
            Self::Exists(wanted) => wanted.to_string(),
            Self::Compare(_, Bound::Number(number)) => number.as_str().to_owned(),
            Self::Compare(_, Bound::Instant(_, text) | Bound::String(text)) => quoted(text),
        }
    }
}

fn contains(value: Value<'_>, operand: &Scalar) -> bool {
    match (value, operand) {
        (Value::String(text), Scalar::String(part)) => text.read().contains(&**part),
        (Value::Array(array), _) => array.items().any(|item| operand.equals(item)),
        _ => false,
    }
}

impl Comparison {
    const fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Gt => order.is_gt(),
            Self::Gte => order.is_ge(),
            Self::Lt => order.is_lt(),
            Self::Lte => order.is_le(),
        }
    }
}

impl Bound {
    /// How the value stands to the bound; `None` if they cannot be compared.
    pub(super) fn order_of(&self, value: Value<'_>) -> Option<Ordering> {
        match (self, value) {
            (Self::Number(bound), Value::Number(text)) => bound.order_of(text),
            (Self::Instant(bound, _), Value::String(text)) => bound.order_of(&text.read()),
            (Self::String(bound), Value::String(text)) => Some(text.order(bound)),
            _ => None,
        }
    }

    /// What values are compared with this bound, with the article.
    pub(super) const fn type_name(&self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::Instant(..) => "a date and time (RFC 3339)",
            Self::String(_) => "a string",
        }
    }
}
