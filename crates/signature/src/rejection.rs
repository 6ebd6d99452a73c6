//! Why a message was turned away.

use http::HeaderName;

use crate::{ID_BYTES_MAX, SIGNATURES_MAX};

/// Why a message is not accepted. Names the reason, never a secret nor anything that the sender wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The request was not signed, or a proxy dropped the header.
    #[error("header {0} is missing")]
    MissingHeader(HeaderName),
    /// Which of them was meant is anybody's guess.
    #[error("header {0} is there more than once")]
    RepeatedHeader(HeaderName),
    /// Longer than [`header::SIGNATURE_BYTES_MAX`](crate::header::SIGNATURE_BYTES_MAX).
    #[error("header {name} has more than {bytes_max} bytes")]
    HeaderTooLong {
        /// The header.
        name: HeaderName,
        /// How many bytes it may have.
        bytes_max: usize,
    },
    /// Not a [`MessageId`](crate::MessageId).
    #[error("webhook-id is not 1 to {ID_BYTES_MAX} visible ASCII characters other than the full stop")]
    MalformedId,
    /// Not whole seconds since the Unix epoch, in plain decimal digits.
    #[error("webhook-timestamp is not a whole number of seconds since the Unix epoch")]
    MalformedTimestamp,
    /// A replay, a sender that does not renew the time of its retries, or clocks that disagree.
    #[error("webhook-timestamp is {age_s} s in the past, and {tolerance_s} s are tolerated")]
    TooOld {
        /// How far in the past, in seconds.
        age_s: u64,
        /// How far it may be, in seconds.
        tolerance_s: u64,
    },
    /// Clocks that disagree.
    #[error("webhook-timestamp is {ahead_s} s in the future, and {tolerance_s} s are tolerated")]
    TooNew {
        /// How far in the future, in seconds.
        ahead_s: u64,
        /// How far it may be, in seconds.
        tolerance_s: u64,
    },
    /// More than [`SIGNATURES_MAX`] entries in one header.
    #[error("header {0} has more than {SIGNATURES_MAX} signatures")]
    TooManySignatures(HeaderName),
    /// Every signature is of a scheme for which this receiver has no key.
    #[error("no signature is of a scheme for which there is a key")]
    UnknownSchemes,
    /// Signatures of the right scheme, but none is base64 of the right length.
    #[error("no signature is base64 of the length that its scheme has")]
    MalformedSignature,
    /// Another key, or the body is not what was signed: byte for byte, before any parser touched it.
    #[error("no signature matches: another key, or the body is not byte for byte what was signed")]
    NoMatch,
}

impl Rejection {
    /// A short name for the reason that stays the same from release to release.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::MissingHeader(_) => "missing_header",
            Self::RepeatedHeader(_) => "repeated_header",
            Self::HeaderTooLong { .. } => "header_too_long",
            Self::MalformedId => "malformed_id",
            Self::MalformedTimestamp => "malformed_timestamp",
            Self::TooOld { .. } => "too_old",
            Self::TooNew { .. } => "too_new",
            Self::TooManySignatures(_) => "too_many_signatures",
            Self::UnknownSchemes => "unknown_schemes",
            Self::MalformedSignature => "malformed_signature",
            Self::NoMatch => "no_match",
        }
    }

    /// Whether the message cannot even be judged (a 400), as opposed to judged and not believed (a 401).
    pub const fn is_malformed(&self) -> bool {
        match self {
            Self::MissingHeader(_)
            | Self::RepeatedHeader(_)
            | Self::HeaderTooLong { .. }
            | Self::MalformedId
            | Self::MalformedTimestamp
            | Self::TooManySignatures(_)
            | Self::MalformedSignature => true,
            Self::TooOld { .. } | Self::TooNew { .. } | Self::UnknownSchemes | Self::NoMatch => false,
        }
    }
}
