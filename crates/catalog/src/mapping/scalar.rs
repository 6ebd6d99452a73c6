//! Values without an inside, compared by what they mean.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::decimal::Decimal;
use crate::document::read;

/// A text, number, boolean or `null`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(Box<str>),
}

impl Scalar {
    /// Reads a value as it is written; `None` for lists, objects and absurd numbers.
    pub(crate) fn read(json: &str) -> Option<Self> {
        Some(match json.as_bytes().first()? {
            b'n' => Self::Null,
            b't' => Self::Bool(true),
            b'f' => Self::Bool(false),
            b'"' => Self::Text(serde_json::from_str(json).ok()?),
            b'[' | b'{' => return None,
            _ => Self::Number(Decimal::parse(json)?),
        })
    }
}

/// How deep values are compared; what is deeper counts as different.
const DEPTH_MAX: usize = 128;

/// Whether two JSON texts say the same: numbers by value, members in any order, the last of a repeated name counts.
pub(crate) fn same(one: &str, other: &str) -> bool {
    same_within(one, other, DEPTH_MAX)
}

fn same_within(one: &str, other: &str, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    if let (Some(one), Some(other)) = (read::elements(one), read::elements(other)) {
        return one.len() == other.len()
            && one.iter().zip(other).all(|(one, other)| same_within(one, other, depth));
    }
    if let (Some(one), Some(other)) = (read::members(one), read::members(other)) {
        let (one, other): (HashMap<_, _>, HashMap<_, _>) =
            (one.into_iter().collect(), other.into_iter().collect());
        let equal = |(name, value): (&Cow<'_, str>, &&str)| {
            other.get(name).is_some_and(|counterpart| same_within(value, counterpart, depth))
        };
        return one.len() == other.len() && one.iter().all(equal);
    }
    let (one, other) = (one.trim(), other.trim());
    one == other || Scalar::read(one).is_some_and(|scalar| Some(scalar) == Scalar::read(other))
}
