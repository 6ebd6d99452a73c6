//! The three forms of `convert`.

use super::error::CastReason;
use super::instant::{self, Notation};
use crate::decimal::Decimal;

/// How a value is converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Conversion {
    Unit { numerator: u64, denominator: u64, round: Option<u8> },
    Type { to: Kind, round: bool },
    Time { from: Notation, to: Notation },
}

/// A type that values are converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    String,
    Number,
    Integer,
    Boolean,
}

/// What a value is, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Null,
    Boolean,
    Number,
    Text,
    Container,
}

impl Written {
    fn of(json: &str) -> Self {
        match json.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'"') => Self::Text,
            Some(b'{' | b'[') | None => Self::Container,
            Some(_) => Self::Number,
        }
    }
}

impl Conversion {
    /// The JSON text `json` converted; `None` if it stays as it is.
    pub(super) fn convert(&self, json: &str) -> Result<Option<String>, CastReason> {
        let written = Written::of(json);
        if written == Written::Null {
            return Ok(None);
        }
        match self {
            Self::Unit { numerator, denominator, round } => {
                if written != Written::Number {
                    return Err(CastReason::WrongType);
                }
                let number = Decimal::parse(json).ok_or(CastReason::NotANumber)?;
                let scaled = number.scaled(*numerator, *denominator);
                let scaled = round.map_or_else(|| scaled.clone(), |places| scaled.rounded(places));
                Ok(Some(scaled.to_string()))
            }
            Self::Type { to, round } => typed(json, written, *to, *round),
            Self::Time { from, to } => instant::rewritten(json, *from, *to).map(Some),
        }
    }
}

fn typed(json: &str, written: Written, to: Kind, round: bool) -> Result<Option<String>, CastReason> {
    match (to, written) {
        (Kind::String, Written::Text)
        | (Kind::Number, Written::Number)
        | (Kind::Boolean, Written::Boolean) => Ok(None),
        (Kind::String, Written::Number | Written::Boolean) => Ok(Some(format!("\"{json}\""))),
        (Kind::Integer, Written::Number) => whole(json, round),
        (Kind::Number, Written::Text) => number(json).map(Some),
        (Kind::Integer, Written::Text) => {
            let number = number(json)?;
            Ok(whole(&number, round)?.or(Some(number)))
        }
        (Kind::Boolean, Written::Text) => match json {
            "\"true\"" => Ok(Some("true".to_owned())),
            "\"false\"" => Ok(Some("false".to_owned())),
            _ => Err(CastReason::NotInMap),
        },
        _ => Err(CastReason::WrongType),
    }
}

/// The number that a text is, digit by digit.
fn number(json: &str) -> Result<String, CastReason> {
    let text: String = serde_json::from_str(json).map_err(|_| CastReason::NotANumber)?;
    if Decimal::parse(&text).is_some() { Ok(text) } else { Err(CastReason::NotANumber) }
}

/// A number without a fraction; `None` if it is one already.
fn whole(json: &str, round: bool) -> Result<Option<String>, CastReason> {
    let number = Decimal::parse(json).ok_or(CastReason::NotANumber)?;
    match (number.is_whole(), round) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(number.rounded(0).to_string())),
        (false, false) => Err(CastReason::NotWhole),
    }
}
