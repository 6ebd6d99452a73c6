//! In which form deliveries are sent.

use serde::{Deserialize, Serialize};

/// What a request looks like. The signature covers the body in each of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// The payload that Standard Webhooks recommends: `type`, `timestamp` and `data`, with id, version, source and
    /// metadata beside.
    #[default]
    StandardWebhooks,
    /// `CloudEvents` 1.0 in structured mode: attributes and data in one JSON object.
    CloudeventsStructured,
    /// `CloudEvents` 1.0 in binary mode: attributes as `ce-` headers, the data as the body.
    CloudeventsBinary,
}

impl Format {
    /// Whether it is the usual one, which is not written down.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
    pub(super) const fn is_default(&self) -> bool {
        matches!(self, Self::StandardWebhooks)
    }
}
