//! The secrets that a subscription signs with, and how long an old one stays good.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::SecretId;
use crate::sealed::Sealed;

/// How deliveries are signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// HMAC-SHA256: `v1` of Standard Webhooks.
    #[default]
    HmacSha256,
    /// HMAC-SHA512, in a header of its own; there is no `v1` then, which other verifiers look for.
    HmacSha512,
    /// ed25519: `v1a` of Standard Webhooks.
    Ed25519,
}

/// One secret: its name, its scheme, and itself under seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningSecret {
    /// Names the secret.
    pub id: SecretId,
    /// What it signs with.
    pub scheme: Scheme,
    /// The secret in its `whsec_` or `whsk_` form, sealed.
    pub sealed: Sealed,
    /// The public key in its `whpk_` form, where the scheme has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

/// Why an overlap was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an overlap of {found_s} seconds is not allowed, it must lie between 0 and {max} (7 days)", max = Overlap::MAX.as_secs())]
pub struct OverlapError {
    /// What was given, in seconds.
    pub found_s: u64,
}

/// How long the old secret signs beside the new one: 0 to 7 days, 24 hours unless said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap(Duration);

impl Overlap {
    /// The longest overlap: 7 days.
    pub const MAX: Duration = Duration::from_hours(7 * 24);

    /// An overlap of this many seconds.
    pub const fn from_seconds(seconds: u64) -> Result<Self, OverlapError> {
        if seconds > Self::MAX.as_secs() {
            return Err(OverlapError { found_s: seconds });
        }
        Ok(Self(Duration::from_secs(seconds)))
    }

    /// The overlap.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl Default for Overlap {
    fn default() -> Self {
        Self(Duration::from_hours(24))
    }
}
