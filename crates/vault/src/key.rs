//! The keys that everything else is sealed under.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A master key: 32 bytes, and the name that seals carry.
#[derive(Clone)]
pub struct MasterKey {
    name: String,
    bytes: Zeroizing<[u8; MasterKey::BYTES]>,
}

/// Why a text is not a master key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a master key is {PREFIX} followed by the base64 of 32 random bytes", PREFIX = MasterKey::PREFIX)]
pub struct KeyError;

impl MasterKey {
    /// How many bytes a key has.
    pub const BYTES: usize = 32;
    /// What the text form starts with.
    pub const PREFIX: &'static str = "hkmk_";

    /// A new key from `rng`.
    pub fn generate(rng: &mut impl Rng) -> Self {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        rng.fill_bytes(&mut *bytes);
        Self::from_bytes(bytes)
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let encoded = text.trim().strip_prefix(Self::PREFIX).ok_or(KeyError)?;
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        let decoded = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| KeyError)?);
        if decoded.len() != Self::BYTES {
            return Err(KeyError);
        }
        bytes.copy_from_slice(&decoded);
        Ok(Self::from_bytes(bytes))
    }

    /// The text form, to be kept where only the server reads it.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}{}", Self::PREFIX, STANDARD.encode(*self.bytes)))
    }

    /// What seals under this key call it: the start of a hash, which gives nothing away.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.bytes
    }

    fn from_bytes(bytes: Zeroizing<[u8; Self::BYTES]>) -> Self {
        let digest =
            Sha256::new().chain_update(b"hookledger master key name").chain_update(*bytes).finalize();
        Self { name: hex::encode(&digest[..4]), bytes }
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.name)
    }
}
