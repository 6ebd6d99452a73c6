//! Keys as text: a prefix that says what they are, then base64.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

/// The most bytes that any kind of key decodes to.
const KEY_BYTES_MAX: usize = 64;

/// What base64 may touch while it decodes [`KEY_BYTES_MAX`] bytes.
const BUFFER_BYTES: usize = KEY_BYTES_MAX.div_ceil(3) * 3;

/// Padded when written; read with or without padding, because people lose it when they copy.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The text or the bytes are not a key of the wanted kind. Never holds any part of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The prefix says that it is something else, or nothing.
    #[error("does not start with {expected}")]
    Prefix {
        /// The prefix, or prefixes, that would have been right.
        expected: &'static str,
    },
    /// What follows the prefix is not standard base64.
    #[error("is not base64 after its prefix")]
    Base64,
    /// It is base64, but too short or too long.
    #[error("has {found} bytes, not {expected}")]
    Length {
        /// How many bytes it decodes to.
        found: usize,
        /// How many would have been right.
        expected: &'static str,
    },
    /// A private key that carries a public key which belongs to another one.
    #[error("has a public half that does not belong to its private half")]
    Halves,
    /// Not a point of the curve, or one of the few for which anybody can sign.
    #[error("is not a usable ed25519 public key")]
    Point,
}

/// A key's bytes, in a buffer that wipes itself.
pub(crate) struct KeyBytes {
    buffer: Zeroizing<[u8; BUFFER_BYTES]>,
    length: usize,
}

impl KeyBytes {
    /// Reads `<prefix><base64>`, ignoring white space around it. `expected` words the length error.
    pub(crate) fn parse(text: &str, prefix: &'static str, expected: &'static str) -> Result<Self, KeyError> {
        let encoded = text.trim().strip_prefix(prefix).ok_or(KeyError::Prefix { expected: prefix })?;
        let found = encoded.trim_end_matches('=').len() * 3 / 4;
        if found > KEY_BYTES_MAX {
            return Err(KeyError::Length { found, expected });
        }
        let mut buffer = Zeroizing::new([0; BUFFER_BYTES]);
        let length = BASE64.decode_slice(encoded, buffer.as_mut_slice()).map_err(|_| KeyError::Base64)?;
        Ok(Self { buffer, length })
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

/// Writes `<prefix><base64>` without leaving copies behind.
pub(crate) fn write(prefix: &str, bytes: &[u8]) -> Zeroizing<String> {
    // Room for all of it, because a string that grows leaves its old text in freed memory.
    let mut text = Zeroizing::new(String::with_capacity(prefix.len() + bytes.len().div_ceil(3) * 4));
    text.push_str(prefix);
    BASE64.encode_string(bytes, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<u8>, KeyError> {
        KeyBytes::parse(text, "whsec_", "some").map(|bytes| bytes.as_slice().to_vec())
    }

    #[test]
    fn padding_and_white_space_around_are_optional() {
        for text in ["whsec_AAE=", "whsec_AAE", " whsec_AAE=\n"] {
            assert_eq!(parse(text), Ok(vec![0, 1]), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for text in ["whsec_AAE!", "whsec_AAE==", "whsec_A-_=", "whsec_AA E", "whsec_AAF", "whsec_é"] {
            assert_eq!(parse(text), Err(KeyError::Base64), "{text:?}");
        }
    }

    #[test]
    fn an_endless_key_is_refused_before_it_is_decoded() {
        let text = format!("whsec_{}", "A".repeat(1_000_000));
        assert_eq!(parse(&text), Err(KeyError::Length { found: 750_000, expected: "some" }));
    }

    #[test]
    fn writing_and_reading_agree_at_every_length() {
        for length in 0..=KEY_BYTES_MAX {
            let bytes = vec![0xA5; length];
            assert_eq!(parse(&write("whsec_", &bytes)), Ok(bytes));
        }
    }
}
