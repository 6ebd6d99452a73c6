//! Whether an endpoint has agreed to be delivered to: the validation handshake of the `CloudEvents` webhook
//! specification, section 4, as far as it is recorded.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What is known of an endpoint's consent. Asking is one thing; whether a subscription needs the answer is a setting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// It was not asked, or the endpoint is another one since.
    #[default]
    Unasked,
    /// It agreed.
    Agreed {
        /// When.
        at: Timestamp,
        /// How many requests it allows in a minute; as many as may be if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rate_per_minute: Option<NonZeroU32>,
    },
    /// It did not.
    Refused {
        /// When.
        at: Timestamp,
        /// What it answered instead.
        reason: NoConsent,
    },
}

/// Why an answer is no consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoConsent {
    /// There was no answer, for the reason that attempts would name, such as `connect_refused`.
    Unreachable {
        /// The error class.
        class: String,
    },
    /// The answer has no `WebHook-Allowed-Origin`: the receiver does not know the handshake, or does not want deliveries.
    Silent {
        /// The answer's status; it decides nothing.
        status: u16,
    },
    /// `WebHook-Allowed-Origin` names somebody else.
    OtherOrigin,
    /// `WebHook-Allowed-Rate` is neither a positive number nor `*`.
    Rate,
}

impl NoConsent {
    /// A name that programs can rely on.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Silent { .. } => "no_consent",
            Self::OtherOrigin => "other_origin",
            Self::Rate => "allowed_rate",
        }
    }
}

impl std::fmt::Display for NoConsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable { class } => {
                write!(f, "the endpoint did not answer the OPTIONS request ({class})")
            }
            Self::Silent { status } => write!(
                f,
                "the endpoint answered {status} without the header \"WebHook-Allowed-Origin\", and so did not agree"
            ),
            Self::OtherOrigin => {
                f.write_str("\"WebHook-Allowed-Origin\" is neither \"*\" nor the origin that was asked for")
            }
            Self::Rate => f.write_str(
                "\"WebHook-Allowed-Rate\" must be \"*\" or a whole number of requests a minute, at least 1",
            ),
        }
    }
}

impl Verification {
    /// What is known after an attempt to ask that led to `reason`: who agreed before and cannot be reached now has not
    /// withdrawn.
    pub(super) fn refused(self, at: Timestamp, reason: NoConsent) -> Self {
        match (&self, &reason) {
            (Self::Agreed { .. }, NoConsent::Unreachable { .. }) => self,
            _ => Self::Refused { at, reason },
        }
    }
}
