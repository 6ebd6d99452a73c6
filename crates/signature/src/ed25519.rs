//! Key pairs: `whsk_<base64>` stays with the sender, `whpk_<base64>` goes to the receivers.

use std::{fmt, str::FromStr};

use ed25519_dalek::{KEYPAIR_LENGTH, PUBLIC_KEY_LENGTH, SECRET_KEY_LENGTH};
use zeroize::Zeroizing;

use crate::key_text::{self, KeyBytes, KeyError};

const PRIVATE_PREFIX: &str = "whsk_";
const PUBLIC_PREFIX: &str = "whpk_";

/// The private half of an ed25519 pair; signs.
///
/// Wiped from memory when dropped, and never printed: only [`PrivateKey::reveal`] gives it away.
#[derive(Clone)]
pub struct PrivateKey(pub(crate) ed25519_dalek::SigningKey);

impl PrivateKey {
    /// The key that grows from this seed (RFC 8032's secret key).
    pub fn from_seed(seed: &[u8; SECRET_KEY_LENGTH]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// A new key; `fill` must fill its 32 bytes from a cryptographic source of randomness.
    pub fn generate(fill: impl FnOnce(&mut [u8])) -> Self {
        let mut seed = Zeroizing::new([0; SECRET_KEY_LENGTH]);
        fill(seed.as_mut_slice());
        Self::from_seed(&seed)
    }

    /// The half that receivers need.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The key as `whsk_<base64 of the seed>`, to be sealed.
    pub fn reveal(&self) -> Zeroizing<String> {
        key_text::write(PRIVATE_PREFIX, self.0.as_bytes())
    }
}

impl FromStr for PrivateKey {
    type Err = KeyError;

    /// Reads `whsk_<base64>` of the 32 bytes of a seed, or of the 64 bytes of a seed and its public key, which
    /// some senders write. White space around it is ignored.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        const LENGTH: &str = "32, or 64 with the public key";
        let bytes = KeyBytes::parse(text, PRIVATE_PREFIX, LENGTH)?;
        if let Ok(seed) = <&[u8; SECRET_KEY_LENGTH]>::try_from(bytes.as_slice()) {
            return Ok(Self::from_seed(seed));
        }
        if let Ok(pair) = <&[u8; KEYPAIR_LENGTH]>::try_from(bytes.as_slice()) {
            return ed25519_dalek::SigningKey::from_keypair_bytes(pair)
                .map(Self)
                .map_err(|_| KeyError::Halves);
        }
        Err(KeyError::Length { found: bytes.as_slice().len(), expected: LENGTH })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(whsk_…, {})", self.public_key())
    }
}

/// The public half of an ed25519 pair; verifies. `Display` and `FromStr` speak `whpk_<base64>`.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(pub(crate) ed25519_dalek::VerifyingKey);

impl PublicKey {
    /// Refuses bytes that are no point of the curve, and points of low order.
    pub fn from_bytes(bytes: &[u8; PUBLIC_KEY_LENGTH]) -> Result<Self, KeyError> {
        match ed25519_dalek::VerifyingKey::from_bytes(bytes) {
            // One signature under a key of low order would fit almost every message.
            Ok(key) if !key.is_weak() => Ok(Self(key)),
            _ => Err(KeyError::Point),
        }
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    /// Reads `whpk_<base64>`; white space around it is ignored.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        const LENGTH: &str = "32";
        let bytes = KeyBytes::parse(text, PUBLIC_PREFIX, LENGTH)?;
        let bytes = bytes.as_slice();
        let point =
            bytes.try_into().map_err(|_| KeyError::Length { found: bytes.len(), expected: LENGTH })?;
        Self::from_bytes(point)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&key_text::write(PUBLIC_PREFIX, self.0.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> PrivateKey {
        PrivateKey::from_seed(&[byte; 32])
    }

    #[test]
    fn both_halves_survive_being_written_and_read() {
        let private = key(3);
        let read: PrivateKey = private.reveal().parse().unwrap();
        assert_eq!(read.public_key(), private.public_key());
        assert_eq!(private.public_key().to_string().parse(), Ok(private.public_key()));
    }

    #[test]
    fn a_seed_with_its_public_key_is_accepted() {
        let text = key_text::write("whsk_", &key(3).0.to_keypair_bytes());
        assert_eq!(text.parse::<PrivateKey>().unwrap().public_key(), key(3).public_key());
    }

    #[test]
    fn a_seed_with_a_strangers_public_key_is_refused() {
        let mut pair = key(3).0.to_keypair_bytes();
        pair[32..].copy_from_slice(key(4).0.verifying_key().as_bytes());
        assert_eq!(key_text::write("whsk_", &pair).parse::<PrivateKey>().unwrap_err(), KeyError::Halves);
    }

    #[test]
    fn a_public_key_of_low_order_is_refused() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert_eq!(PublicKey::from_bytes(&neutral), Err(KeyError::Point));
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        let text = key_text::write("whpk_", &[1; 31]);
        assert_eq!(text.parse::<PublicKey>(), Err(KeyError::Length { found: 31, expected: "32" }));
    }

    #[test]
    fn a_private_key_prints_its_public_half_only() {
        let printed = format!("{:?}", key(3));
        let revealed = key(3).reveal();
        assert!(!printed.contains(revealed.strip_prefix("whsk_").unwrap()));
        assert!(printed.contains(&key(3).public_key().to_string()));
    }
}
