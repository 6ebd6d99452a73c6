//! What can happen to a subscription.

use std::num::NonZeroU32;

use rules::Filter;
use serde::{Deserialize, Serialize};

use super::{EventTypes, Format, NoConsent, Settings, SigningSecret};
use crate::endpoint::{EndpointUrl, Headers};
use crate::id::SecretId;
use crate::policy::{Limits, RetryPolicy};
use crate::text::{Description, Labels};
use crate::time::Timestamp;

/// A past fact of a subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It came to be.
    Created {
        /// What the owner wished.
        settings: Box<Settings>,
        /// What it signs with.
        secret: SigningSecret,
        /// Whether it delivers from the start, or waits to be activated.
        active: bool,
    },
    /// Deliveries go elsewhere.
    EndpointChanged {
        /// Where to.
        endpoint: EndpointUrl,
    },
    /// Other types are wanted.
    EventTypesChanged {
        /// Which.
        event_types: EventTypes,
    },
    /// Other events of those types are wanted.
    FilterChanged {
        /// Which; all if `None`.
        filter: Option<Filter>,
    },
    /// Other headers are added.
    HeadersChanged {
        /// Which.
        headers: Headers,
    },
    /// Deliveries are sent in another form.
    FormatChanged {
        /// Which.
        format: Format,
    },
    /// The endpoint's consent matters, or no longer does.
    VerificationChanged {
        /// Whether it does.
        verify_endpoint: bool,
    },
    /// The endpoint agreed to deliveries.
    EndpointVerified {
        /// When it was asked.
        at: Timestamp,
        /// How many requests it allows in a minute; as many as may be if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rate_per_minute: Option<NonZeroU32>,
    },
    /// The endpoint was asked, and did not agree to deliveries.
    EndpointNotVerified {
        /// When it was asked.
        at: Timestamp,
        /// What it answered instead.
        reason: NoConsent,
    },
    /// Failed attempts are followed by others at other times.
    RetryPolicyChanged {
        /// When.
        retry: RetryPolicy,
    },
    /// The endpoint may be pressed harder or less hard.
    LimitsChanged {
        /// How hard.
        limits: Limits,
    },
    /// It was described anew.
    DescriptionChanged {
        /// What it is for.
        description: Description,
    },
    /// It was labelled anew.
    MetadataChanged {
        /// The labels.
        metadata: Labels,
    },
    /// A new secret signs; the ones before it sign along until they expire.
    SecretRotated {
        /// The new one.
        secret: SigningSecret,
        /// When it took over.
        at: Timestamp,
        /// Until when the one that was current signs along.
        previous_until: Timestamp,
    },
    /// An old secret stopped signing before its time.
    SecretRevoked {
        /// Which.
        secret: SecretId,
    },
    /// It delivers, after having been inactive.
    Activated,
    /// Deliveries are held back; events still match.
    Paused {
        /// Why.
        reason: PauseReason,
    },
    /// It delivers again, after having been paused.
    Resumed,
    /// Attempts keep failing.
    Failing {
        /// Since when none succeeded.
        since: Timestamp,
    },
    /// Its owner was warned that it will be disabled unless an attempt succeeds.
    DisableWarned {
        /// When that will be.
        disable_at: Timestamp,
    },
    /// An attempt succeeded, after they had kept failing.
    Recovered,
    /// Events no longer match, and what waits is kept.
    Disabled {
        /// Why.
        reason: DisableReason,
    },
    /// It is gone, and with it what waited.
    Deleted,
}

impl Event {
    /// The name that it is stored under.
    pub const fn record_type(&self) -> &'static str {
        match self {
            Self::Created { .. } => "subscription.created",
            Self::EndpointChanged { .. } => "subscription.endpoint_changed",
            Self::EventTypesChanged { .. } => "subscription.event_types_changed",
            Self::FilterChanged { .. } => "subscription.filter_changed",
            Self::HeadersChanged { .. } => "subscription.headers_changed",
            Self::FormatChanged { .. } => "subscription.format_changed",
            Self::VerificationChanged { .. } => "subscription.verification_changed",
            Self::EndpointVerified { .. } => "subscription.endpoint_verified",
            Self::EndpointNotVerified { .. } => "subscription.endpoint_not_verified",
            Self::RetryPolicyChanged { .. } => "subscription.retry_policy_changed",
            Self::LimitsChanged { .. } => "subscription.limits_changed",
            Self::DescriptionChanged { .. } => "subscription.description_changed",
            Self::MetadataChanged { .. } => "subscription.metadata_changed",
            Self::SecretRotated { .. } => "subscription.secret_rotated",
            Self::SecretRevoked { .. } => "subscription.secret_revoked",
            Self::Activated => "subscription.activated",
            Self::Paused { .. } => "subscription.paused",
            Self::Resumed => "subscription.resumed",
            Self::Failing { .. } => "subscription.failing",
            Self::DisableWarned { .. } => "subscription.disable_warned",
            Self::Recovered => "subscription.recovered",
            Self::Disabled { .. } => "subscription.disabled",
            Self::Deleted => "subscription.deleted",
        }
    }
}

/// Why deliveries are held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// Somebody asked for it.
    Requested {
        /// In their words.
        note: Description,
    },
}

/// Why a subscription no longer takes events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisableReason {
    /// It was made inactive and nobody activated it.
    NotActivated,
    /// Somebody asked for it.
    Requested {
        /// In their words.
        note: Description,
    },
    /// The endpoint answered 410 Gone.
    EndpointGone,
    /// Attempts kept failing.
    Failing {
        /// Since when none succeeded.
        since: Timestamp,
    },
}
