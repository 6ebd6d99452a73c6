//! Why a wish concerning a subscription was not granted.

use domain::subscription;
use domain::{HeadersError, Sequence};
use egress::UrlRefusal;
use signature::KeyError;

use crate::decide::Decided;
use crate::error::Refused;

/// Why a wish concerning a subscription was not granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The tenant has no such subscription.
    #[error("the subscription does not exist")]
    NotFound,
    /// Somebody changed it since the caller looked.
    #[error("the subscription has been changed and is at version {current} now; look again")]
    Stale {
        /// The version that it is at.
        current: Sequence,
    },
    /// The tenant has as many as it may have.
    #[error("there are {max} subscriptions already, which is as many as are allowed; delete one first")]
    TooMany {
        /// The bound.
        max: usize,
    },
    /// The address policy refuses the URL.
    #[error("the URL {0}")]
    Endpoint(UrlRefusal),
    /// The URL is that of an inbox that the tenant does not have.
    #[error("the URL is that of an inbox which does not exist, or has expired")]
    NoInbox,
    /// A header's name or value is malformed, or there are too many.
    #[error(transparent)]
    Headers(HeadersError),
    /// A header that Hookledger sets itself.
    #[error("the header \"{name}\" is set by Hookledger and cannot be overridden")]
    ForbiddenHeader {
        /// Its name.
        name: String,
    },
    /// A header is given twice.
    #[error("the header \"{name}\" is given more than once")]
    RepeatedHeader {
        /// Its name.
        name: String,
    },
    /// The owner's secret is not one, or not for this scheme.
    #[error("the secret {0}")]
    Secret(KeyError),
    /// The subscription itself says no.
    #[error(transparent)]
    Rule(subscription::Refusal),
}

impl Refused for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Stale { .. } => "stale",
            Self::TooMany { .. } => "too_many_subscriptions",
            Self::Endpoint(refusal) => refusal.code(),
            Self::NoInbox => "no_inbox",
            Self::Headers(HeadersError::TooMany { .. }) => "too_many_headers",
            Self::Headers(HeadersError::Name { .. }) => "header_name",
            Self::Headers(HeadersError::Value { .. }) => "header_value",
            Self::ForbiddenHeader { .. } => "header_forbidden",
            Self::RepeatedHeader { .. } => "header_repeated",
            Self::Secret(_) => "secret",
            Self::Rule(rule) => match rule {
                subscription::Refusal::NeverCreated => "not_found",
                subscription::Refusal::AlreadyCreated => "already_exists",
                subscription::Refusal::Deleted => "subscription_deleted",
                subscription::Refusal::Disabled => "subscription_disabled",
                subscription::Refusal::Paused => "subscription_paused",
                subscription::Refusal::EndpointChanged => "endpoint_changed",
                subscription::Refusal::TooManySecrets { .. } => "too_many_secrets",
                subscription::Refusal::CurrentSecret => "secret_current",
                subscription::Refusal::UnknownSecret => "secret_unknown",
            },
        }
    }
}

impl Decided<subscription::Refusal> for Refusal {
    fn not_found() -> Self {
        Self::NotFound
    }

    fn stale(current: Sequence) -> Self {
        Self::Stale { current }
    }

    fn is_stale(&self) -> bool {
        matches!(self, Self::Stale { .. })
    }

    fn rule(refusal: subscription::Refusal) -> Self {
        match refusal {
            subscription::Refusal::NeverCreated => Self::NotFound,
            refusal => Self::Rule(refusal),
        }
    }
}
