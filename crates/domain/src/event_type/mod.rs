//! A type of event that may be published: its versions, how strictly its data is validated, until when it is meant to
//! be used.
//!
//! The types of the platform itself are registered once, under [`PLATFORM`], and every tenant sees them. A tenant that
//! wishes one of them otherwise (archived, validated more strictly) *adopts* it: records of its own say so, and the
//! versions stay the platform's. Types of a tenant's own have versions of their own; one that has the name of one of the
//! platform's hides it from that tenant.
//!
//! A version is frozen once it is registered. What a change of the data needs is a new version, which states what it
//! promises of the one before and is judged by it.

mod command;
mod event;
mod state;
#[cfg(test)]
mod tests;
mod version;

use uuid::Uuid;

use crate::id::TenantId;

pub use command::{Adopt, Command, Refusal};
pub use event::{Event, Origin, VersionSpec};
pub use state::{Deprecation, Registration, Type};
pub use version::{NewVersion, VersionError};

/// Under which tenant the types of the platform itself are registered. Nobody holds a key for it.
pub const PLATFORM: TenantId =
    TenantId::from_uuid(Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0003));

/// How data is validated when it is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Not at all.
    Off,
    /// What is wrong is told and recorded with the event, which is accepted.
    #[default]
    Warn,
    /// What is wrong is told, and nothing of the call is accepted.
    Enforce,
}

impl Mode {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Off, Self::Warn, Self::Enforce];

    /// The name, in records and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Enforce => "enforce",
        }
    }
}
