//! Shared secrets: `whsec_<base64>`.

use std::{fmt, str::FromStr};

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::key_text::{self, KeyBytes, KeyError};

/// The fewest bytes that a [`Secret`] may have.
pub const SECRET_BYTES_MIN: usize = 24;

/// The most bytes that a [`Secret`] may have.
pub const SECRET_BYTES_MAX: usize = 64;

/// How many bytes a generated [`Secret`] has.
const SECRET_BYTES_GENERATED: usize = 32;

const PREFIX: &str = "whsec_";
const LENGTH: &str = "24 to 64";

/// A secret that sender and receiver share, [`SECRET_BYTES_MIN`] to [`SECRET_BYTES_MAX`] bytes.
///
/// Wiped from memory when dropped, and never printed: only [`Secret::reveal`] gives it away.
#[derive(Clone)]
pub struct Secret(Zeroizing<Box<[u8]>>);

impl Secret {
    /// Takes the bytes as they are.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        if !(SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&bytes.len()) {
            return Err(KeyError::Length { found: bytes.len(), expected: LENGTH });
        }
        Ok(Self(Zeroizing::new(bytes.into())))
    }

    /// A new secret of 32 bytes, which `fill` must fill from a cryptographic source of randomness.
    pub fn generate(fill: impl FnOnce(&mut [u8])) -> Self {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES_GENERATED]);
        fill(bytes.as_mut_slice());
        Self(Zeroizing::new(bytes.as_slice().into()))
    }

    /// The secret as `whsec_<base64>`, to be shown once or sealed.
    pub fn reveal(&self) -> Zeroizing<String> {
        key_text::write(PREFIX, &self.0)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = KeyError;

    /// Reads `whsec_<base64>`; white space around it is ignored.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_bytes(KeyBytes::parse(text, PREFIX, LENGTH)?.as_slice())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(whsec_…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_24_to_64_bytes() {
        for (length, good) in [(0, false), (23, false), (24, true), (64, true), (65, false)] {
            assert_eq!(Secret::from_bytes(&vec![7; length]).is_ok(), good, "{length}");
        }
    }

    #[test]
    fn a_secret_survives_being_written_and_read() {
        let secret = Secret::generate(|bytes| bytes.fill(0x5A));
        assert_eq!(secret.reveal().parse(), Ok(secret));
    }

    #[test]
    fn a_private_key_is_not_taken_for_a_secret() {
        let text = format!("whsk_{}", "A".repeat(43));
        assert_eq!(text.parse::<Secret>(), Err(KeyError::Prefix { expected: "whsec_" }));
    }

    #[test]
    fn a_secret_does_not_print() {
        let secret = Secret::from_bytes(b"correct horse battery staple").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(whsec_…)");
    }
}
