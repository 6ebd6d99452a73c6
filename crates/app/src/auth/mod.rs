//! Who holds an API key.
//!
//! A key is `hk_` and 43 characters of base64url: 32 random bytes. Its first 11 characters, the *prefix*, tell keys
//! apart for people and find the entry; the SHA-256 of the whole proves it. Only prefix and hash are recorded.

mod keyring;
mod token;

pub(crate) use keyring::Keyring;
pub(crate) use token::FreshKey;
pub use token::{PREFIX_CHARS, TOKEN_CHARS};

use domain::Timestamp;

/// Why a text does not prove who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Not the text of an API key at all.
    #[error("not an API key: one is \"hk_\" and 43 letters, digits, hyphens and underscores")]
    Malformed,
    /// Nobody was given this key, or it was revoked.
    #[error("the API key is unknown or was revoked")]
    Unknown,
    /// It was good until some moment.
    #[error("the API key expired at {at}")]
    Expired {
        /// That moment.
        at: Timestamp,
    },
    /// The calls of its tenant are refused.
    #[error("the tenant of this API key is suspended")]
    Suspended,
}

impl AuthError {
    /// A stable name for programs, in lower case with underscores.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "api_key_malformed",
            Self::Unknown => "api_key_unknown",
            Self::Expired { .. } => "api_key_expired",
            Self::Suspended => "tenant_suspended",
        }
    }
}
