//! Why a wish concerning an inbox was not granted.

use super::script::ScriptError;
use crate::error::Refused;

/// Why a wish concerning an inbox was not granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The tenant has no such inbox, or it has expired.
    #[error("the inbox does not exist, or has expired")]
    NotFound,
    /// The tenant has as many as it may have.
    #[error("there are {max} inboxes already, which is as many as are allowed; delete one first")]
    TooMany {
        /// The bound.
        max: usize,
    },
    /// This node has as many as it may have.
    #[error("this server has no room for another inbox at the moment")]
    Full,
    /// It would live too short or too long.
    #[error("an inbox lives between 1 minute and 7 days")]
    Lifetime,
    /// What it is called is too long.
    #[error("the name of an inbox has at most 128 characters")]
    Name,
    /// Its replies make no script.
    #[error(transparent)]
    Script(ScriptError),
}

impl Refused for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::TooMany { .. } => "too_many_inboxes",
            Self::Full => "inboxes_full",
            Self::Lifetime => "lifetime",
            Self::Name => "name",
            Self::Script(_) => "inbox_response",
        }
    }
}
