//! Why events were not accepted.

use catalog::Problem;
use domain::{EventId, EventType};

use crate::error::Refused;

/// Why a call's events were not accepted; none of them was. `index` is the place of the event in the call, from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is none.
    #[error("there is no event to publish")]
    Empty,
    /// More events than the bound.
    #[error("{found} events given, at most {max} are allowed in one call")]
    TooMany {
        /// How many there are.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// More bytes of data and metadata than the bound.
    #[error("the events have {found} bytes of data and metadata, at most {max} are allowed in one call")]
    TooLarge {
        /// How many there are.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// More bytes of data than the bound.
    #[error("event {index} has {found} bytes of data, at most {max} are allowed")]
    DataTooLarge {
        /// Which event.
        index: usize,
        /// How many there are.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// More bytes of metadata than the bound.
    #[error("event {index} has {found} bytes of metadata, at most {max} are allowed")]
    MetadataTooLarge {
        /// Which event.
        index: usize,
        /// How many there are.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// Metadata that is not a JSON object.
    #[error("the metadata of event {index} is not a JSON object")]
    MetadataNotObject {
        /// Which event.
        index: usize,
    },
    /// The version 0.
    #[error("event {index} has the version 0; versions count from 1")]
    Version {
        /// Which event.
        index: usize,
    },
    /// A type that was never registered.
    #[error("event {index} has the type \"{event_type}\", which is not registered; register it first")]
    UnknownType {
        /// Which event.
        index: usize,
        /// Its type.
        event_type: EventType,
    },
    /// A type that may no longer be published.
    #[error(
        "event {index} has the type \"{event_type}\", which was archived; register it again to publish it"
    )]
    ArchivedType {
        /// Which event.
        index: usize,
        /// Its type.
        event_type: EventType,
    },
    /// A version that the type does not have.
    #[error("event {index} has version {version} of \"{event_type}\", which has versions up to {newest}")]
    UnknownVersion {
        /// Which event.
        index: usize,
        /// Its type.
        event_type: EventType,
        /// Its version.
        version: u32,
        /// The newest version of the type.
        newest: u32,
    },
    /// Data that the schema does not allow, of a type that is validated strictly.
    #[error(
        "the data of event {index} is not valid for \"{event_type}\" version {version}: {}",
        first(problems)
    )]
    Invalid {
        /// Which event.
        index: usize,
        /// Its type.
        event_type: EventType,
        /// Its version.
        version: u32,
        /// What is wrong; at least one.
        problems: Vec<Problem>,
    },
    /// Two events of the call are called the same.
    #[error("event {index} has the same id and source as event {first}")]
    KeyRepeated {
        /// The second of them.
        index: usize,
        /// The first of them.
        first: usize,
    },
    /// The name was used before, for something else.
    #[error("event {index} was published before as {id}, with other content; a new event needs a new id")]
    KeyReused {
        /// Which event.
        index: usize,
        /// What the earlier one is called here.
        id: EventId,
    },
}

impl Refused for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "no_events",
            Self::TooMany { .. } => "too_many_events",
            Self::TooLarge { .. } => "events_too_large",
            Self::DataTooLarge { .. } => "data_too_large",
            Self::MetadataTooLarge { .. } => "metadata_too_large",
            Self::MetadataNotObject { .. } => "metadata_not_an_object",
            Self::Version { .. } => "version_zero",
            Self::UnknownType { .. } => "event_type_unknown",
            Self::ArchivedType { .. } => "event_type_archived",
            Self::UnknownVersion { .. } => "event_version_unknown",
            Self::Invalid { .. } => "event_data_invalid",
            Self::KeyRepeated { .. } => "event_id_repeated",
            Self::KeyReused { .. } => "event_id_reused",
        }
    }
}

impl Refusal {
    /// Which event of the call it is about, if it is about one.
    pub const fn index(&self) -> Option<usize> {
        match self {
            Self::Empty | Self::TooMany { .. } | Self::TooLarge { .. } => None,
            Self::DataTooLarge { index, .. }
            | Self::MetadataTooLarge { index, .. }
            | Self::MetadataNotObject { index }
            | Self::Version { index }
            | Self::UnknownType { index, .. }
            | Self::ArchivedType { index, .. }
            | Self::UnknownVersion { index, .. }
            | Self::Invalid { index, .. }
            | Self::KeyRepeated { index, .. }
            | Self::KeyReused { index, .. } => Some(*index),
        }
    }
}

/// The first of several problems, and how many more there are.
fn first(problems: &[Problem]) -> String {
    match problems {
        [] => String::new(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first}, and {} more", rest.len()),
    }
}
