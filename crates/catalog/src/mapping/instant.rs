//! Instants in the ways that data writes them.

use jiff::Timestamp;

use super::error::CastReason;
use crate::decimal::Decimal;

/// Nanoseconds as a power of ten.
const NANOS_POWER: i64 = 9;

/// How an instant is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    Rfc3339,
    UnixS,
    UnixMs,
}

impl Notation {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "rfc3339" => Self::Rfc3339,
            "unix_s" => Self::UnixS,
            "unix_ms" => Self::UnixMs,
            _ => return None,
        })
    }

    /// The power of ten that its numbers are to be shifted by to be seconds.
    const fn shift(self) -> i64 {
        match self {
            Self::Rfc3339 | Self::UnixS => 0,
            Self::UnixMs => -3,
        }
    }
}

/// An instant written in one way, as JSON, in another way.
pub(super) fn rewritten(json: &str, from: Notation, to: Notation) -> Result<String, CastReason> {
    let nanos = read(json, from)?;
    let instant = Timestamp::from_nanosecond(nanos).map_err(|_| CastReason::NotAnInstant)?;
    Ok(match to {
        Notation::Rfc3339 => format!("\"{instant}\""),
        Notation::UnixS | Notation::UnixMs => {
            Decimal::whole(nanos).shifted(-NANOS_POWER - to.shift()).to_string()
        }
    })
}

/// Nanoseconds since 1970.
fn read(json: &str, notation: Notation) -> Result<i128, CastReason> {
    if notation == Notation::Rfc3339 {
        if !json.starts_with('"') {
            return Err(CastReason::WrongType);
        }
        let text: String = serde_json::from_str(json).map_err(|_| CastReason::NotAnInstant)?;
        let instant: Timestamp = text.parse().map_err(|_| CastReason::NotAnInstant)?;
        return Ok(instant.as_nanosecond());
    }
    if !json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return Err(CastReason::WrongType);
    }
    let number = Decimal::parse(json).ok_or(CastReason::NotANumber)?;
    // What is finer than a nanosecond would be lost without a word.
    number.shifted(notation.shift() + NANOS_POWER).to_i128().ok_or(CastReason::NotAnInstant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_one_way_and_the_other() {
        for (seconds, text) in [
            ("0", "1970-01-01T00:00:00Z"),
            ("1790000000.25", "2026-09-21T14:13:20.25Z"),
            ("-1", "1969-12-31T23:59:59Z"),
        ] {
            let json = format!("\"{text}\"");
            assert_eq!(rewritten(seconds, Notation::UnixS, Notation::Rfc3339), Ok(json.clone()));
            assert_eq!(rewritten(&json, Notation::Rfc3339, Notation::UnixS).as_deref(), Ok(seconds));
        }
        assert_eq!(
            rewritten("\"2026-09-21T16:13:20+02:00\"", Notation::Rfc3339, Notation::UnixMs).as_deref(),
            Ok("1790000000000")
        );
    }

    #[test]
    fn what_is_no_instant_is_told() {
        for (json, reason) in [
            ("\"yesterday\"", CastReason::NotAnInstant),
            ("\"2026-02-30T00:00:00Z\"", CastReason::NotAnInstant),
            ("true", CastReason::WrongType),
        ] {
            assert_eq!(rewritten(json, Notation::Rfc3339, Notation::UnixS), Err(reason), "{json}");
        }
        for json in ["1e30", "0.0000000001", "1e400000"] {
            assert_eq!(
                rewritten(json, Notation::UnixS, Notation::Rfc3339),
                Err(CastReason::NotAnInstant),
                "{json}"
            );
        }
    }
}
