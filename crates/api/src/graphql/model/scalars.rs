//! Scalars of our own.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use domain::{Position, RawJson, Sequence, Timestamp};

/// An instant in UTC as RFC 3339 with six digits, such as `2026-11-23T15:04:05.123456Z`. Offsets are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateTime(pub(crate) Timestamp);

/// An instant in UTC as RFC 3339 with six digits, such as `2026-11-23T15:04:05.123456Z`. Offsets are accepted.
#[Scalar(name = "DateTime", specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text.parse().map(Self).map_err(InputValueError::custom),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(_))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<Timestamp> for DateTime {
    fn from(instant: Timestamp) -> Self {
        Self(instant)
    }
}

/// A place in the order of everything that was recorded, as digits in a text (it may exceed what a Float holds). Numbers
/// are accepted too.
///
/// Every mutation answers with the position that it wrote. A query with that as its `minPosition` waits until what it
/// reads has come so far, and so sees the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PositionText(pub(crate) Position);

/// A place in the order of everything that was recorded, as digits in a text (it may exceed what a Float holds). Numbers
/// are accepted too.
///
/// Every mutation answers with the position that it wrote. A query with that as its `minPosition` waits until what it
/// reads has come so far, and so sees the change.
#[Scalar(name = "Position")]
impl ScalarType for PositionText {
    fn parse(value: Value) -> InputValueResult<Self> {
        let position = match &value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_u64(),
            _ => None,
        };
        position.map(|position| Self(Position(position))).ok_or_else(|| InputValueError::expected_type(value))
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(_) | Value::Number(_))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<Position> for PositionText {
    fn from(position: Position) -> Self {
        Self(position)
    }
}

/// The version of a thing that can be changed: 1 when it is made, more with each change. Mutations take the version that
/// the caller has seen and refuse to change another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) Sequence);

/// The version of a thing that can be changed: 1 when it is made, more with each change. Mutations take the version that
/// the caller has seen and refuse to change another one.
#[Scalar(name = "Version")]
impl ScalarType for Version {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value.clone() {
            Value::Number(number) => number.as_u64().map(|version| Self(Sequence(version))),
            _ => None,
        }
        .ok_or_else(|| InputValueError::expected_type(value))
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::Number(_))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.0.into())
    }
}

impl From<Sequence> for Version {
    fn from(version: Sequence) -> Self {
        Self(version)
    }
}

/// Any JSON value.
///
/// In answers it stands exactly as it was recorded, digits of numbers and order of keys included; what a client's JSON
/// parser makes of a number such as `12345678901234567890.123456789` is its own matter. In arguments, numbers are read
/// with double precision: where that is not enough, give the JSON as a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Json(pub(crate) RawJson);

/// Any JSON value.
///
/// In answers it stands exactly as it was recorded, digits of numbers and order of keys included; what a client's JSON
/// parser makes of a number such as `12345678901234567890.123456789` is its own matter. In arguments, numbers are read
/// with double precision: where that is not enough, give the JSON as a text.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = match value {
            Value::String(text) => text,
            other => serde_json::to_string(&other).map_err(InputValueError::custom)?,
        };
        RawJson::parse(&text).map(Self).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        async_graphql::to_value(&self.0).expect("JSON can be told as it is")
    }
}

impl From<RawJson> for Json {
    fn from(json: RawJson) -> Self {
        Self(json)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::ScalarType;

    use super::*;

    #[test]
    fn json_leaves_as_it_was_recorded() {
        let text = r#"{"b":1.10, "a":12345678901234567890.123456789,"a":1e999}"#;
        let json = Json(RawJson::parse(text).expect("a test's JSON"));
        assert_eq!(serde_json::to_string(&ScalarType::to_value(&json)).expect("JSON is written"), text);
    }

    #[test]
    fn json_comes_as_a_value_or_as_a_text() {
        let parse = |json| {
            <Json as ScalarType>::parse(Value::from_json(json).expect("a test's JSON"))
                .map(|json| json.0.as_str().to_owned())
        };
        assert_eq!(
            parse(serde_json::json!({"a": [1, "x", null]})).ok().as_deref(),
            Some(r#"{"a":[1,"x",null]}"#)
        );
        assert_eq!(parse(serde_json::json!(r#"{"a": 1.10}"#)).ok().as_deref(), Some(r#"{"a": 1.10}"#));
        assert!(parse(serde_json::json!("{")).is_err());
    }

    #[test]
    fn a_position_comes_as_digits_or_as_a_number() {
        let parse = |value| <PositionText as ScalarType>::parse(value).map(|position| position.0.0).ok();
        assert_eq!(parse(Value::String("18446744073709551615".into())), Some(u64::MAX));
        assert_eq!(parse(Value::from(7)), Some(7));
        assert_eq!(parse(Value::String("-1".into())), None);
        assert_eq!(parse(Value::from(1.5)), None);
    }
}
