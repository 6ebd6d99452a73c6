//! What can happen to an event type.

use std::collections::BTreeMap;

use rules::EventType;
use serde::{Deserialize, Serialize};

use super::Mode;
use crate::json::RawJson;
use crate::text::Description;
use crate::time::Timestamp;

/// A past fact of an event type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It may be published from now on.
    Registered {
        /// Its name.
        name: EventType,
        /// What it means.
        description: Description,
        /// Whose versions it has.
        origin: Origin,
    },
    /// It was described anew.
    Described {
        /// What it means.
        description: Description,
    },
    /// It has another version.
    VersionAdded {
        /// Which.
        version: Box<VersionSpec>,
    },
    /// It, or a version of it, should not be used any more.
    Deprecated {
        /// Which version; the whole type if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u32>,
        /// Until when it is meant to be used.
        sunset: Timestamp,
        /// Why, and what to use instead.
        note: Description,
    },
    /// Its data is validated in another way.
    ValidationSet {
        /// How.
        mode: Mode,
    },
    /// It may not be published any more.
    Archived {
        /// Why.
        note: Description,
    },
    /// It may be published again.
    Restored,
}

/// Whose versions a type has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Those that the tenant registers.
    Tenant,
    /// Those of the platform's type of the same name.
    Platform,
}

/// A version as it is recorded: all that is needed to read its data, and to cast it, for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionSpec {
    /// From 1, without gaps.
    pub number: u32,
    /// The schema of the data, as it was given.
    pub schema: RawJson,
    /// The shared parts that the schema refers to, by `<name>/v<N>`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shared: BTreeMap<String, RawJson>,
    /// The mapping from the version before and back, as it was given; none for the first version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<RawJson>,
}

impl Event {
    /// The name that it is stored under.
    pub const fn record_type(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "event_type.registered",
            Self::Described { .. } => "event_type.described",
            Self::VersionAdded { .. } => "event_type.version_added",
            Self::Deprecated { .. } => "event_type.deprecated",
            Self::ValidationSet { .. } => "event_type.validation_set",
            Self::Archived { .. } => "event_type.archived",
            Self::Restored => "event_type.restored",
        }
    }
}
