//! A secret as it is recorded: encrypted, under the name of the key that opens it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Ciphertext that only the vault can open. Safe to store; not shown even so.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sealed {
    /// Which of the vault's keys sealed it.
    pub key: String,
    /// Nonce, ciphertext and tag, in base64.
    pub ciphertext: String,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(under {})", self.key)
    }
}
