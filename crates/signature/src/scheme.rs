//! The ways to sign, and what they are called on the wire.

use std::fmt;

use http::HeaderName;

use crate::header;

/// A way to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `v1`: HMAC-SHA256 with a shared secret.
    HmacSha256,
    /// `v1a`: ed25519; the receiver holds a public key only.
    Ed25519,
    /// `v1s512`: HMAC-SHA512 with a shared secret, in a header of its own.
    HmacSha512,
}

impl Scheme {
    /// What stands before the comma of a signature.
    pub const fn token(self) -> &'static str {
        match self {
            Self::HmacSha256 => "v1",
            Self::Ed25519 => "v1a",
            Self::HmacSha512 => "v1s512",
        }
    }

    /// The header that carries signatures of this scheme.
    pub const fn header(self) -> HeaderName {
        match self {
            Self::HmacSha256 | Self::Ed25519 => header::SIGNATURE,
            Self::HmacSha512 => header::SIGNATURE_SHA512,
        }
    }

    /// How many bytes a signature has before it becomes base64.
    pub(crate) const fn signature_bytes(self) -> usize {
        match self {
            Self::HmacSha256 => 32,
            Self::Ed25519 | Self::HmacSha512 => 64,
        }
    }

    /// How many characters an entry has: the token, a comma, and padded base64.
    pub(crate) const fn entry_chars(self) -> usize {
        self.token().len() + 1 + self.signature_bytes().div_ceil(3) * 4
    }

    pub(crate) fn from_token(token: &[u8]) -> Option<Self> {
        [Self::HmacSha256, Self::Ed25519, Self::HmacSha512]
            .into_iter()
            .find(|scheme| scheme.token().as_bytes() == token)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.token())
    }
}
