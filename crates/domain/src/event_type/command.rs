//! What can be asked of an event type, and why the answer may be no.

use catalog::Incompatible;
use rules::EventType;

use super::{Mode, NewVersion, VersionError};
use crate::text::Description;
use crate::time::Timestamp;

/// A wish concerning an event type.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Allow it to be published. Registering it again describes it anew, and restores it.
    Register {
        /// Its name.
        name: EventType,
        /// What it means.
        description: Description,
    },
    /// Give it another version.
    AddVersion {
        /// Which; made and checked by itself before.
        version: Box<NewVersion>,
    },
    /// Tell people to stop using it, or a version of it.
    Deprecate {
        /// Which version; the whole type if there is none.
        version: Option<u32>,
        /// Until when it is meant to be used.
        sunset: Timestamp,
        /// Why, and what to use instead.
        note: Description,
    },
    /// Validate its data in another way.
    SetValidation {
        /// How.
        mode: Mode,
        /// The platform's type of this name, if the tenant has recorded nothing of it yet.
        adopt: Option<Adopt>,
    },
    /// Allow it no more.
    Archive {
        /// Why.
        note: Description,
        /// The platform's type of this name, if the tenant has recorded nothing of it yet.
        adopt: Option<Adopt>,
    },
}

/// A type of the platform that a tenant is about to wish otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopt {
    /// Its name.
    pub name: EventType,
    /// What it means.
    pub description: Description,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such type.
    #[error("the event type is not registered")]
    NeverRegistered,
    /// Versions follow each other without gaps.
    #[error("the next version of the event type is {expected}")]
    NotNext {
        /// Which comes next.
        expected: u32,
    },
    /// The version is there and says something else.
    #[error("version {number} is registered and frozen; a change is a new version")]
    Frozen {
        /// Which version.
        number: u32,
    },
    /// As many versions as are allowed.
    #[error("an event type has at most {max} versions")]
    TooManyVersions {
        /// The bound.
        max: usize,
    },
    /// The versions are the platform's.
    #[error("the event type is the platform's, and so are its versions; register a type of another name")]
    OfThePlatform,
    /// There is no such version.
    #[error("the event type has no version {number}")]
    UnknownVersion {
        /// Which was named.
        number: u32,
    },
    /// The version does not keep what it promises of the one before.
    #[error(transparent)]
    Incompatible(#[from] Incompatible),
    /// What is stored of the version before cannot be used.
    #[error("the version before cannot be compared with: {0}")]
    Stored(#[from] VersionError),
}
