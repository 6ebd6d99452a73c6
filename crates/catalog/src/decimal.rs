//! Numbers in decimal, exactly: scaled by rational factors, rounded only where that was asked for or has no end.

use std::fmt;

/// Exponents beyond this are not worked on: such a number is nothing that was measured.
const EXPONENT_MAX: i64 = 1_000_000;
/// To how many digits a quotient without an end is rounded, at least.
const QUOTIENT_DIGITS: usize = 34;
/// Numbers with more digits than this in front of the point, or zeros behind it, are written with an exponent.
const PLAIN_DIGITS_MAX: i64 = 40;

/// A number: its digits times a power of ten. The digits have no zeros in front or at the end; zero has none at all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// Reads a JSON number; `None` if it is not one, or its exponent is absurd.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], read_exponent(&unsigned[at + 1..])?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_number = is_whole(whole)
            && (mantissa.len() == whole.len() || !fraction.is_empty())
            && fraction.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return None;
        }
        let digits = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
        Some(Self::of(negative, digits, exponent - length(fraction.len())))
    }

    /// A whole number.
    pub(crate) fn whole(value: i128) -> Self {
        let digits = value.unsigned_abs().to_string().bytes().map(|byte| byte - b'0').collect();
        Self::of(value < 0, digits, 0)
    }

    fn of(negative: bool, mut digits: Vec<u8>, mut exponent: i64) -> Self {
        while digits.last() == Some(&0) {
            digits.pop();
            exponent += 1;
        }
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..zeros);
        if digits.is_empty() {
            return Self { negative: false, digits, exponent: 0 };
        }
        Self { negative, digits, exponent }
    }

    /// Whether there is nothing behind the point.
    pub(crate) const fn is_whole(&self) -> bool {
        self.exponent >= 0
    }

    /// The number times `numerator / denominator`, neither of them zero.
    pub(crate) fn scaled(&self, numerator: u64, denominator: u64) -> Self {
        let common = gcd(numerator, denominator);
        let (numerator, mut denominator) = (numerator / common, denominator / common);
        let mut exponent = self.exponent;
        while denominator.is_multiple_of(10) {
            denominator /= 10;
            exponent -= 1;
        }
        let product = multiplied(&self.digits, numerator);
        let (quotient, shift) = divided(&product, denominator);
        Self::of(self.negative, quotient, exponent - shift)
    }

    /// The number with at most `places` digits behind the point, half to even.
    pub(crate) fn rounded(&self, places: u8) -> Self {
        let surplus = -self.exponent - i64::from(places);
        let Ok(surplus) = usize::try_from(surplus) else { return self.clone() };
        if surplus == 0 {
            return self.clone();
        }
        let Some(kept) = self.digits.len().checked_sub(surplus) else {
            return Self::of(false, Vec::new(), 0); // Less than a tenth of the last place.
        };
        let (digits, rest) = self.digits.split_at(kept);
        let digits = rounded_up_if(digits.to_vec(), is_up(digits, rest, false));
        Self::of(self.negative, digits, -i64::from(places))
    }

    /// The number as an integer, if it is one and not too large.
    pub(crate) fn to_i128(&self) -> Option<i128> {
        let zeros = u32::try_from(self.exponent).ok().filter(|_| self.digits.len() <= 38)?;
        let mut value = 0_i128;
        for digit in &self.digits {
            value = value.checked_mul(10)?.checked_add(i128::from(*digit))?;
        }
        let value =
            if self.digits.is_empty() { 0 } else { value.checked_mul(10_i128.checked_pow(zeros)?)? };
        Some(if self.negative { -value } else { value })
    }

    /// The number times a power of ten.
    pub(crate) fn shifted(&self, powers: i64) -> Self {
        Self::of(self.negative, self.digits.clone(), self.exponent + powers)
    }
}

/// The number as JSON.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        if text.is_empty() {
            return f.write_str("0");
        }
        if self.negative {
            f.write_str("-")?;
        }
        let point = length(text.len()) + self.exponent; // Digits in front of the point.
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        if !(-PLAIN_DIGITS_MAX..=PLAIN_DIGITS_MAX).contains(&point) {
            let (first, rest) = text.split_at(1);
            let point_and_rest = if rest.is_empty() { String::new() } else { format!(".{rest}") };
            return write!(f, "{first}{point_and_rest}e{}", point - 1);
        }
        if self.exponent >= 0 {
            write!(f, "{text}{}", zeros(self.exponent))
        } else if point <= 0 {
            write!(f, "0.{}{text}", zeros(-point))
        } else {
            let (whole, fraction) = text.split_at(usize::try_from(point).unwrap_or(text.len()));
            write!(f, "{whole}.{fraction}")
        }
    }
}

fn is_whole(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}

fn read_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    let size = if digits.is_empty() { 0 } else { digits.parse::<i64>().ok()? };
    (size <= EXPONENT_MAX).then_some(if negative { -size } else { size })
}

const fn gcd(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn multiplied(digits: &[u8], factor: u64) -> Vec<u8> {
    let mut product = Vec::with_capacity(digits.len() + 20);
    let mut carry = 0_u128;
    for digit in digits.iter().rev() {
        let value = u128::from(*digit) * u128::from(factor) + carry;
        product.push(last_digit(value));
        carry = value / 10;
    }
    while carry > 0 {
        product.push(last_digit(carry));
        carry /= 10;
    }
    product.reverse();
    product
}

/// The digits of the quotient, and how many of them stand behind the last digit of the dividend.
fn divided(digits: &[u8], divisor: u64) -> (Vec<u8>, i64) {
    if divisor == 1 || digits.is_empty() {
        return (digits.to_vec(), 0);
    }
    let divisor = u128::from(divisor);
    let (mut quotient, mut rest) = (Vec::with_capacity(digits.len() + QUOTIENT_DIGITS), 0_u128);
    for digit in digits {
        rest = rest * 10 + u128::from(*digit);
        quotient.push(last_digit(rest / divisor));
        rest %= divisor;
    }
    // A finite quotient by a number below 2^64 ends within 64 digits; so whatever goes on longer has no end.
    let mut behind = 0;
    while rest > 0 && behind < 64 + length(QUOTIENT_DIGITS) {
        rest *= 10;
        quotient.push(last_digit(rest / divisor));
        rest %= divisor;
        behind += 1;
    }
    if rest == 0 {
        return (quotient, behind);
    }
    let zeros = quotient.iter().take_while(|digit| **digit == 0).count();
    let kept = zeros + QUOTIENT_DIGITS.max(digits.len());
    if kept >= quotient.len() {
        return (quotient, behind);
    }
    let (head, tail) = quotient.split_at(kept);
    let rounded = rounded_up_if(head.to_vec(), is_up(head, tail, true));
    (rounded, behind - length(tail.len()))
}

/// Whether to round up, half to even: `rest` stands behind `digits`, and `more` behind that.
fn is_up(digits: &[u8], rest: &[u8], more: bool) -> bool {
    let Some((first, others)) = rest.split_first() else { return false };
    match first {
        0..=4 => false,
        5 if !more && others.iter().all(|digit| *digit == 0) => {
            digits.last().is_some_and(|last| last % 2 == 1)
        }
        _ => true,
    }
}

fn rounded_up_if(mut digits: Vec<u8>, up: bool) -> Vec<u8> {
    if !up {
        return digits;
    }
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return digits;
        }
        *digit = 0;
    }
    digits.insert(0, 1);
    digits
}

fn last_digit(value: u128) -> u8 {
    u8::try_from(value % 10).expect("a remainder of ten is a digit")
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scaled(text: &str, numerator: u64, denominator: u64) -> String {
        Decimal::parse(text).unwrap().scaled(numerator, denominator).to_string()
    }

    #[test]
    fn numbers_are_scaled_exactly() {
        assert_eq!(scaled("1500", 1, 1_000), "1.5");
        assert_eq!(scaled("0.1", 1_000, 1), "100");
        assert_eq!(scaled("12345678901234567890.123456789", 1, 100), "123456789012345678.90123456789");
        assert_eq!(scaled("-7", 1, 8), "-0.875");
        assert_eq!(scaled("3600", 1, 3_600), "1");
        assert_eq!(scaled("0", 1, 7), "0");
        assert_eq!(scaled("-0.0", 3, 7), "0");
        assert_eq!(scaled("1e300", 1_000, 1), "1e303");
    }

    #[test]
    fn a_quotient_without_an_end_is_rounded_half_to_even() {
        assert_eq!(scaled("1", 1, 3), format!("0.{}", "3".repeat(34)));
        assert_eq!(scaled("2", 1, 3), format!("0.{}7", "6".repeat(33)));
        assert_eq!(scaled("1", 1, 3_600), format!("0.0002{}8", "7".repeat(32)));
    }

    #[test]
    fn rounding_is_half_to_even() {
        for (text, places, expected) in [
            ("0.5", 0, "0"),
            ("1.5", 0, "2"),
            ("2.5", 0, "2"),
            ("2.51", 0, "3"),
            ("0.05", 0, "0"),
            ("9.995", 2, "10"),
            ("-1.25", 1, "-1.2"),
            ("12", 3, "12"),
            ("0.6", 0, "1"),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().rounded(places).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_json_number_is_refused() {
        for text in ["", "-", "01", "1.", ".5", "1e", "+1", "0x1", "1e99999999999999999999", "1 ", "١"] {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_written_as_the_same_number(text in "-?(0|[1-9][0-9]{0,45})(\\.[0-9]{1,45})?([eE][+-]?[0-9]{1,3})?") {
            let number = Decimal::parse(&text).unwrap();
            prop_assert_eq!(Decimal::parse(&number.to_string()), Some(number));
        }

        #[test]
        fn scaling_by_powers_of_two_and_ten_and_back_changes_nothing(
            text in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?", twos in 0_u32..40, tens in 0_u32..6,
        ) {
            let (number, factor) = (Decimal::parse(&text).unwrap(), 2_u64.pow(twos) * 10_u64.pow(tens));
            prop_assert_eq!(number.scaled(1, factor).scaled(factor, 1), number.clone());
            prop_assert_eq!(number.scaled(factor, 1).scaled(1, factor), number);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9.eE]{0,12}|.*", n in 1_u64.., d in 1_u64.., places: u8) {
            if let Some(number) = Decimal::parse(&text) {
                let _ = number.scaled(n, d).rounded(places).to_string();
                let _ = number.to_i128();
            }
        }
    }
}
