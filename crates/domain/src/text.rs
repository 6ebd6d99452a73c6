//! Texts that people give: bounded, and without characters that would break a line of log or a table.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing, or only white space.
    #[error("{what} must not be empty")]
    Empty {
        /// Which text it is.
        what: &'static str,
    },
    /// More characters than the bound.
    #[error("{what} has {found} characters, at most {max} are allowed")]
    TooLong {
        /// Which text it is.
        what: &'static str,
        /// The bound, in characters.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// A control character.
    #[error("{what} must not contain control characters")]
    Control {
        /// Which text it is.
        what: &'static str,
    },
    /// More entries than the bound.
    #[error("{found} labels given, at most {max} are allowed")]
    TooMany {
        /// The bound.
        max: usize,
        /// How many there are.
        found: usize,
    },
}

fn check(what: &'static str, text: &str, max: usize) -> Result<(), TextError> {
    let found = text.chars().count();
    if found > max {
        return Err(TextError::TooLong { what, max, found });
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(TextError::Control { what });
    }
    Ok(())
}

/// What people call a thing: 1 to 128 characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// The most characters a name may have.
    pub const CHARS_MAX: usize = 128;

    /// A name from what somebody typed; surrounding white space goes.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty { what: "a name" });
        }
        check("a name", text, Self::CHARS_MAX)?;
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a thing is for: at most 1,024 characters, possibly none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Description(String);

impl Description {
    /// The most characters a description may have.
    pub const CHARS_MAX: usize = 1_024;

    /// A description from what somebody typed; surrounding white space goes.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        check("a description", text, Self::CHARS_MAX)?;
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

text!(Name, Description);

/// A tenant's own labels on a thing: at most 32, keys of 1 to 64 characters, values of at most 512.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    /// The most labels a thing may have.
    pub const COUNT_MAX: usize = 32;
    /// The most characters a key may have.
    pub const KEY_CHARS_MAX: usize = 64;
    /// The most characters a value may have.
    pub const VALUE_CHARS_MAX: usize = 512;

    /// The labels as pairs, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<BTreeMap<String, String>> for Labels {
    type Error = TextError;

    fn try_from(labels: BTreeMap<String, String>) -> Result<Self, TextError> {
        if labels.len() > Self::COUNT_MAX {
            return Err(TextError::TooMany { max: Self::COUNT_MAX, found: labels.len() });
        }
        for (key, value) in &labels {
            if key.trim().is_empty() {
                return Err(TextError::Empty { what: "the key of a label" });
            }
            check("the key of a label", key, Self::KEY_CHARS_MAX)?;
            check("the value of a label", value, Self::VALUE_CHARS_MAX)?;
        }
        Ok(Self(labels))
    }
}

impl From<Labels> for BTreeMap<String, String> {
    fn from(labels: Labels) -> Self {
        labels.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_bounded_and_not_empty() {
        assert_eq!(Name::new("  nightly runs ").map(|name| name.to_string()), Ok("nightly runs".to_owned()));
        assert_eq!(Name::new("  "), Err(TextError::Empty { what: "a name" }));
        assert_eq!(
            Name::new(&"é".repeat(129)),
            Err(TextError::TooLong { what: "a name", max: 128, found: 129 })
        );
        assert_eq!(Name::new("a\u{0}b"), Err(TextError::Control { what: "a name" }));
    }

    #[test]
    fn the_thirty_third_label_is_refused() {
        let labels: BTreeMap<_, _> = (0..33).map(|n| (format!("k{n}"), String::new())).collect();
        assert_eq!(Labels::try_from(labels), Err(TextError::TooMany { max: 32, found: 33 }));
    }
}
