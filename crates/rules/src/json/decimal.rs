//! Numbers compared exactly, digit by digit, whatever their length: `1.10` is `1.1`, and nothing is rounded.

use std::cmp::Ordering;

/// Exponents beyond this are taken for this. Operands have far smaller ones, so that no comparison changes by it.
const EXPONENT_MAX: i64 = 1 << 62;

/// The longest run of digits that always fits an `i64`.
const SMALL_DIGITS_MAX: usize = 18;

/// A number to compare others with, prepared once.
#[derive(Debug, Clone)]
pub(crate) struct Decimal {
    text: Box<str>,
    /// The value, if it is written as an integer of few digits; most are, on both sides.
    small: Option<i64>,
    sign: Sign,
    /// The power of ten just above the first significant digit.
    magnitude: i64,
    /// Significant digits, without the point.
    digits: Box<[u8]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Negative,
    Zero,
    Positive,
}

impl Decimal {
    /// Reads a JSON number; `None` if it is not one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts = Parts::of(text)?;
        Some(Self {
            text: text.into(),
            small: small(text),
            sign: parts.sign,
            magnitude: parts.magnitude,
            digits: parts.digits().collect(),
        })
    }

    /// The number as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The power of ten just above the first significant digit; 0 for zero.
    pub(crate) const fn magnitude(&self) -> i64 {
        self.magnitude
    }

    /// How the number written as `text` stands to this one; `None` if `text` is not a number.
    pub(crate) fn order_of(&self, text: &str) -> Option<Ordering> {
        match (self.small, small(text)) {
            (Some(own), Some(other)) => Some(other.cmp(&own)),
            _ => Some(self.order_of_parts(&Parts::of(text)?)),
        }
    }

    /// Whether `sorted` has the number written as `text`.
    pub(crate) fn is_among(text: &str, sorted: &[Self]) -> bool {
        let Some(parts) = Parts::of(text) else { return false };
        sorted.binary_search_by(|own| own.order_of_parts(&parts).reverse()).is_ok()
    }

    /// The order of two numbers.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        other.order_of(&self.text).expect("a number's text is a number")
    }

    fn order_of_parts(&self, other: &Parts<'_>) -> Ordering {
        let sizes =
            || other.magnitude.cmp(&self.magnitude).then_with(|| order_digits(other.digits(), &self.digits));
        other.sign.cmp(&self.sign).then_with(|| match self.sign {
            Sign::Negative => sizes().reverse(),
            Sign::Zero => Ordering::Equal,
            Sign::Positive => sizes(),
        })
    }
}

/// An integer of few digits.
fn small(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if digits.is_empty() || digits.len() > SMALL_DIGITS_MAX {
        return None;
    }
    let mut value = 0;
    for byte in digits.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

fn order_digits(left: impl Iterator<Item = u8>, right: &[u8]) -> Ordering {
    let mut right = right.iter();
    for digit in left {
        match digit.cmp(right.next().unwrap_or(&b'0')) {
            Ordering::Equal => {}
            different => return different,
        }
    }
    if right.all(|digit| *digit == b'0') { Ordering::Equal } else { Ordering::Less }
}

/// A number taken apart where it stands.
struct Parts<'t> {
    sign: Sign,
    magnitude: i64,
    /// From the first significant digit on; may hold the point.
    significant: &'t [u8],
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], exponent(&unsigned[at + 1..])?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
        if !is_digits(whole) || !fraction.is_none_or(is_digits) {
            return None;
        }
        let Some(first) = mantissa.bytes().position(|byte| !matches!(byte, b'0' | b'.')) else {
            return Some(Self { sign: Sign::Zero, magnitude: 0, significant: &[] });
        };
        // Digits between the first significant one and the point; negative if the point comes first.
        let above =
            if first < whole.len() { length(whole.len() - first) } else { -length(first - whole.len() - 1) };
        Some(Self {
            sign: if negative { Sign::Negative } else { Sign::Positive },
            magnitude: exponent.saturating_add(above),
            significant: &mantissa.as_bytes()[first..],
        })
    }

    fn digits(&self) -> impl Iterator<Item = u8> + use<'t> {
        self.significant.iter().copied().filter(|byte| *byte != b'.')
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn length(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(EXPONENT_MAX)
}

fn exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if !is_digits(digits) {
        return None;
    }
    let size = digits
        .bytes()
        .fold(0_i64, |size, byte| size.saturating_mul(10).saturating_add(i64::from(byte - b'0')))
        .min(EXPONENT_MAX);
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order_of(left: &str, right: &str) -> Option<Ordering> {
        Decimal::parse(right).unwrap().order_of(left)
    }

    #[test]
    fn one_value_has_many_spellings() {
        for group in [
            &["0", "-0", "0.0", "-0.000", "0e999999999999999999999", "0E-5"][..],
            &["1.1", "1.10", "11e-1", "0.11e1", "1.1000e+0", "110E-2"],
            &["1e3", "1000", "1000.0", "1E+3", "0.001e6", "100000e-2"],
            &["-12345678901234567890.123456789", "-12345678901234567890123456789e-9"],
            &["1e999", "10e998", "0.1e1000"],
        ] {
            for left in group {
                for right in group {
                    assert_eq!(order_of(left, right), Some(Ordering::Equal), "{left} {right}");
                }
            }
        }
    }

    #[test]
    fn numbers_that_floats_confuse_are_told_apart() {
        for (less, more) in [
            ("12345678901234567890.123456788", "12345678901234567890.123456789"),
            ("9007199254740992", "9007199254740993"),
            ("0.1", "0.1000000000000000000000000000000000001"),
            ("1e999", "1e1000"),
            ("-1e1000", "-1e999"),
            ("-1", "0"),
            ("-0", "1e-999999"),
            ("-1e-999999", "0"),
            ("9", "10"),
            ("-10", "-9"),
            ("0.09", "0.1"),
            ("999999999999999999", "1000000000000000000"),
            ("99999999999999999999", "1e20"),
        ] {
            assert_eq!(order_of(less, more), Some(Ordering::Less), "{less} {more}");
            assert_eq!(order_of(more, less), Some(Ordering::Greater), "{less} {more}");
        }
    }

    #[test]
    fn absurd_exponents_are_compared_at_once() {
        let huge = format!("1e{}", "9".repeat(1_000));
        let tiny = format!("1e-{}", "9".repeat(1_000));
        assert_eq!(order_of(&huge, "1e1000000"), Some(Ordering::Greater));
        assert_eq!(order_of(&format!("-{huge}"), "-1e1000000"), Some(Ordering::Less));
        assert_eq!(order_of(&tiny, "1e-1000000"), Some(Ordering::Less));
        assert_eq!(order_of(&tiny, "0"), Some(Ordering::Greater));
    }

    #[test]
    fn what_is_not_a_number_has_no_order() {
        for text in [
            "", "-", "1.", ".5", "1e", "1e+", "--1", "1.2.3", "1e5e5", "1e1.5", "+1", "0x10", "1-2", "e",
            "1e--1",
        ] {
            assert_eq!(order_of(text, "1"), None, "{text:?}");
            assert!(Decimal::parse(text).is_none(), "{text:?}");
        }
    }

    /// The same comparison by another way: both numbers as integers of equal scale, padded to equal length.
    fn oracle(left: &str, right: &str) -> Ordering {
        const SCALE: i32 = 60;
        let scaled = |text: &str| {
            let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
            let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
            let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
            let zeros = SCALE + exponent.parse::<i32>().unwrap() - i32::try_from(fraction.len()).unwrap();
            let digits = format!("{whole}{fraction}{}", "0".repeat(usize::try_from(zeros).unwrap()));
            let digits = format!("{digits:0>200}");
            (negative && digits.bytes().any(|byte| byte != b'0'), digits)
        };
        match (scaled(left), scaled(right)) {
            ((false, left), (false, right)) => left.cmp(&right),
            ((true, left), (true, right)) => right.cmp(&left),
            ((true, _), (false, _)) => Ordering::Less,
            ((false, _), (true, _)) => Ordering::Greater,
        }
    }

    proptest! {
        #[test]
        fn order_agrees_with_scaled_integers(
            left in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?(e-?[0-9]|e-?[12][0-9])?",
            right in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?(e-?[0-9]|e-?[12][0-9])?",
        ) {
            prop_assert_eq!(order_of(&left, &right), Some(oracle(&left, &right)));
        }

        #[test]
        fn order_agrees_among_close_numbers(
            left in "-?[01](\\.[019]{1,3})?(e-?[012])?",
            right in "-?[01](\\.[019]{1,3})?(e-?[012])?",
        ) {
            prop_assert_eq!(order_of(&left, &right), Some(oracle(&left, &right)));
        }

        #[test]
        fn text_of_any_kind_is_compared_or_refused(text in "[-+0-9.eE]{0,12}|.*") {
            let _ = Decimal::parse("1.5").unwrap().order_of(&text);
            let _ = Decimal::parse(&text);
        }
    }
}
