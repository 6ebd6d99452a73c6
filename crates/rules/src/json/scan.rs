//! Finding where things end in JSON text, byte by byte or eight at a time.

const ONES: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH_BITS: u64 = u64::from_le_bytes([0x80; 8]);

/// The first position from `at` on that is not white space.
pub(super) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    // One comparison is enough where there is none, as in most text that machines write.
    while let Some(byte @ ..=b' ') = bytes.get(at) {
        if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
            break;
        }
        at += 1;
    }
    at
}

/// The closing quote of the string whose content starts at `at`, and whether there are escapes before it.
pub(super) fn string_end(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    let end = quote_or_backslash(bytes, at)?;
    if bytes[end] == b'"' {
        Some((end, false))
    } else {
        string_end_behind_escape(bytes, end).map(|end| (end, true))
    }
}

/// The closing quote behind the backslash at `at`.
#[cold]
fn string_end_behind_escape(bytes: &[u8], mut at: usize) -> Option<usize> {
    while bytes[at] == b'\\' {
        at = quote_or_backslash(bytes, at + 2)?; // A backslash takes the next byte with it, a quote included.
    }
    Some(at)
}

/// The first position behind the digits, signs, point and exponent that start at `at`.
pub(super) fn number_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E') = bytes.get(at) {
        at += 1;
    }
    at
}

fn quote_or_backslash(bytes: &[u8], at: usize) -> Option<usize> {
    let mut rest = bytes.get(at..)?;
    while let Some((word, behind)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        let hits = bytes_equal_to(word, b'"') | bytes_equal_to(word, b'\\');
        if hits != 0 {
            return Some(bytes.len() - rest.len() + hits.trailing_zeros() as usize / 8);
        }
        rest = behind;
    }
    let position = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    Some(bytes.len() - rest.len() + position)
}

/// The high bit of each byte of `word` that equals `byte`. Bits above the first hit may be false; the first never is.
fn bytes_equal_to(word: u64, byte: u8) -> u64 {
    let zeros = word ^ (ONES * u64::from(byte));
    zeros.wrapping_sub(ONES) & !zeros & HIGH_BITS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn string_end_bytewise(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
        let mut escaped = false;
        loop {
            match bytes.get(at)? {
                b'"' => return Some((at, escaped)),
                b'\\' => {
                    escaped = true;
                    at += 2;
                }
                _ => at += 1,
            }
        }
    }

    proptest! {
        #[test]
        fn eight_bytes_at_a_time_find_the_same_end_as_one(
            bytes in proptest::collection::vec(prop_oneof![6 => any::<u8>(), 1 => Just(b'"'), 2 => Just(b'\\')], 0..80),
            at in 0_usize..90,
        ) {
            prop_assert_eq!(string_end(&bytes, at), string_end_bytewise(&bytes, at));
        }
    }
}
