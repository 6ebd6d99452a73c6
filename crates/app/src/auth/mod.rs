//! Who holds an API key.
//!
//! A key is `hk_` and 43 characters of base64url: 32 random bytes. Its first 11 characters, the *prefix*, tell keys
//! apart for people and find the entry; the SHA-256 of the whole proves it. Only prefix and hash are recorded.
//!
//! A browser exchanges a key, or a *ticket* that the start of a development server prints, for a *session*.

mod keyring;
mod session;
mod sessions;
mod token;

pub(crate) use keyring::Keyring;
pub use session::{Proof, SignedIn};
pub(crate) use sessions::Sessions;
pub use sessions::{SESSION_AGE_MAX, SESSION_IDLE_MAX, TICKET_AGE_MAX};
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
    /// The session was ended, was not used for too long, or is of a server that has been restarted.
    #[error("the session has ended; sign in again")]
    SessionEnded,
    /// The ticket was used, or is too old.
    #[error(
        "the sign-in link was used already, or is too old; sign in with an API key, or start the server again for a new link"
    )]
    TicketSpent,
}

impl AuthError {
    /// A stable name for programs, in lower case with underscores.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "api_key_malformed",
            Self::Unknown => "api_key_unknown",
            Self::Expired { .. } => "api_key_expired",
            Self::Suspended => "tenant_suspended",
            Self::SessionEnded => "session_ended",
            Self::TicketSpent => "ticket_spent",
        }
    }
}
