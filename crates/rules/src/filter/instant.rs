//! Instants in RFC 3339, compared as instants: offsets and fractions of any length count.

use std::cmp::Ordering;

/// A point in time. Fractions are kept as digits, so that nothing is rounded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instant {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted.
    seconds: i64,
    /// What follows the point, without closing zeros: shorter ones order before their continuations.
    fraction: Box<str>,
}

impl Instant {
    /// Reads an RFC 3339 date and time with offset, such as `2026-09-01T12:00:00.5+02:00`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (seconds, fraction) = read(text)?;
        Some(Self { seconds, fraction: fraction.into() })
    }

    /// How the instant written as `text` stands to this one; `None` if `text` is not an instant.
    pub(super) fn order_of(&self, text: &str) -> Option<Ordering> {
        let (seconds, fraction) = read(text)?;
        Some(seconds.cmp(&self.seconds).then_with(|| fraction.cmp(&self.fraction)))
    }
}

fn read(text: &str) -> Option<(i64, &str)> {
    // YYYY-MM-DDTHH:MM:SS, then a fraction, then Z or an offset.
    let (clock, rest) = text.split_at_checked(19)?;
    let bytes = clock.as_bytes();
    let shaped =
        [(4, b"-"), (7, b"-"), (13, b":"), (16, b":")].iter().all(|(at, mark)| bytes[*at] == mark[0]);
    if !shaped || !matches!(bytes[10], b'T' | b't') {
        return None;
    }
    let [year, month, day] = [number(&bytes[..4])?, number(&bytes[5..7])?, number(&bytes[8..10])?];
    let [hour, minute, second] = [number(&bytes[11..13])?, number(&bytes[14..16])?, number(&bytes[17..])?];
    // 60 is a leap second; it reads as the first instant of the next minute.
    if !(1..=days_in(year, month)?).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction, offset) = split_fraction(rest)?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some((seconds - offset_seconds(offset)?, fraction))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
}

fn days_in(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, for years from 0: years are taken to begin in March, so
/// that a leap day is the last day of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

fn split_fraction(rest: &str) -> Option<(&str, &str)> {
    let Some(digits) = rest.strip_prefix('.') else {
        return Some(("", rest));
    };
    let end = digits.find(|c: char| !c.is_ascii_digit())?;
    (end > 0).then(|| (digits[..end].trim_end_matches('0'), &digits[end..]))
}

fn offset_seconds(offset: &str) -> Option<i64> {
    let (sign, time) = match offset.as_bytes() {
        [b'Z' | b'z'] => return Some(0),
        [b'+', time @ ..] => (1, time),
        [b'-', time @ ..] => (-1, time),
        _ => return None,
    };
    let [h0, h1, b':', m0, m1] = time else {
        return None;
    };
    let (hours, minutes) = (number(&[*h0, *h1])?, number(&[*m0, *m1])?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order_of(left: &str, right: &str) -> Option<Ordering> {
        Instant::parse(right).unwrap().order_of(left)
    }

    #[test]
    fn known_dates_have_known_seconds() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59Z", -1),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2026-01-01T00:00:00Z", 1_767_225_600),
            ("2038-01-19T03:14:08Z", 2_147_483_648),
            ("0000-01-01T00:00:00Z", -62_167_219_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("1900-03-01T00:00:00Z", -2_203_891_200),
        ] {
            assert_eq!(Instant::parse(text).unwrap().seconds, seconds, "{text}");
        }
    }

    #[test]
    fn spellings_of_one_instant_are_equal() {
        for text in [
            "2026-09-01T12:00:00Z",
            "2026-09-01t12:00:00.000z",
            "2026-09-01T14:00:00+02:00",
            "2026-09-01T06:30:00-05:30",
            "2026-08-31T12:01:00.0-23:59",
        ] {
            assert_eq!(order_of(text, "2026-09-01T12:00:00Z"), Some(Ordering::Equal), "{text}");
        }
        assert_eq!(order_of("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"), Some(Ordering::Equal));
    }

    #[test]
    fn fractions_count_at_any_length() {
        for (earlier, later) in [
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000000000000000001Z"),
            ("2026-01-01T00:00:00.09Z", "2026-01-01T00:00:00.1Z"),
            ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.51Z"),
            ("2026-01-01T00:00:00.9Z", "2026-01-01T00:00:01Z"),
            ("2026-01-01T00:30:00+01:00", "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(order_of(earlier, later), Some(Ordering::Less), "{earlier} {later}");
            assert_eq!(order_of(later, earlier), Some(Ordering::Greater), "{earlier} {later}");
        }
    }

    #[test]
    fn what_is_not_an_instant_is_not_one() {
        for text in [
            "",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01 00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:61Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.5",
            "2026-01-01T00:00:00+2:00",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00ZZ",
            "2026-01-01T00:00:0éZ",
            "+026-01-01T00:00:00Z",
            "٢٠٢٦-01-01T00:00:00Z",
        ] {
            assert!(Instant::parse(text).is_none(), "{text:?}");
        }
    }
}
