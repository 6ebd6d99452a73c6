//! JSON that is carried byte for byte.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value as its author wrote it: digits, key order, escapes and inner white space are kept.
#[derive(Clone)]
pub struct RawJson(Arc<RawValue>);

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not valid JSON: {0}")]
pub struct JsonError(String);

impl RawJson {
    /// Checks that `text` is one JSON value and keeps its bytes; surrounding white space goes.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| JsonError(error.to_string()))?;
        Ok(raw.into())
    }

    /// The bytes as text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

/// Two are the same if their bytes are.
impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RawJson {}

impl Hash for RawJson {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl From<&RawValue> for RawJson {
    fn from(raw: &RawValue) -> Self {
        Self(raw.to_owned().into())
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Box<RawValue>>::deserialize(deserializer).map(|raw| Self(raw.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_what_is_kept() {
        for text in [
            r#"{"b":1.10,"a":12345678901234567890.123456789,"a":1e999}"#,
            "[ 1 ,\t2 ]",
            r#""\u0000\u2028 \ud83d\ude00""#,
            "-0.0",
        ] {
            let json = RawJson::parse(text).unwrap();
            assert_eq!(json.as_str(), text);
            let stored = serde_json::to_string(&json).unwrap();
            assert_eq!(stored, text);
            assert_eq!(serde_json::from_str::<RawJson>(&stored).unwrap(), json);
        }
    }

    #[test]
    fn what_is_not_one_value_is_refused() {
        for text in ["", "{", "1 2", "nul", "'a'", "{\"a\":1,}", "\u{feff}1"] {
            assert!(RawJson::parse(text).is_err(), "{text}");
        }
    }
}
