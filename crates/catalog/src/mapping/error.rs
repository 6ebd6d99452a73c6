//! Why a text is no mapping, and why data cannot be cast.

use crate::document::{Obstacle, PointerError};

/// Why a text is not a mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} (at \"{pointer}\")")]
pub struct MappingError {
    /// Where in the mapping: a JSON pointer.
    pub pointer: String,
    /// What is wrong there.
    pub problem: MappingProblem,
}

/// What is wrong with a mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingProblem {
    /// More bytes than the bound.
    #[error("a mapping has at most {max} bytes, not {found}", max = super::limits::MAPPING_BYTES)]
    TooLarge {
        /// How many there are.
        found: usize,
    },
    /// Not the JSON that is expected.
    #[error("{0}")]
    Malformed(String),
    /// A step of another name.
    #[error(
        "there is no step \"{0}\"; there are rename, move, copy, default, drop, convert, values, split, join and each"
    )]
    UnknownStep(String),
    /// A path that is none.
    #[error("{0}")]
    Path(String),
    /// A value outside its bounds.
    #[error("{0}")]
    Bounds(String),
    /// Units of different kinds, or unknown ones.
    #[error("{0}")]
    Unit(String),
    /// A direction that the compatibility does not promise.
    #[error("\"{compatibility}\" promises nothing in this direction, so there is no mapping")]
    NotPromised {
        /// What was stated.
        compatibility: &'static str,
    },
    /// Lossless, without a way back.
    #[error(
        "only with the compatibility \"full\" there is a way back, without which \"lossless\" means nothing"
    )]
    NoWayBack,
    /// Neither lossless, nor saying what is lost; or both.
    #[error("a direction either is \"lossless\" or says in \"loses\" what it loses")]
    LossUnstated,
}

impl From<PointerError> for MappingProblem {
    fn from(error: PointerError) -> Self {
        Self::Path(error.to_string())
    }
}

/// Why data could not be cast from one version to another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("version {from} cannot be cast to version {to}: step {step} (\"{op}\") at \"{path}\": {reason}")]
pub struct CastError {
    /// From which version the failing step leads.
    pub from: u32,
    /// To which version.
    pub to: u32,
    /// Which step of that direction, from 0; the outermost, if it is within an `each`.
    pub step: usize,
    /// What the step is called.
    pub op: &'static str,
    /// Where in the data: a JSON pointer, with the places in lists.
    pub path: String,
    /// What is wrong there.
    pub reason: CastReason,
}

/// What a step could not work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CastReason {
    /// Something else than an object is on the way.
    #[error("something that is not an object is on the way")]
    NotAnObject,
    /// Something else than a list.
    #[error("it is not a list")]
    NotAList,
    /// The place is taken.
    #[error("the place is taken")]
    Occupied,
    /// A type that the step does not work on.
    #[error("the step does not work on a value of this type")]
    WrongType,
    /// Not a number, or an absurd one.
    #[error("it is not a number that can be converted")]
    NotANumber,
    /// Not an instant, or outside of what can be written.
    #[error("it is not an instant that can be converted")]
    NotAnInstant,
    /// There is something behind the point.
    #[error("it is not a whole number")]
    NotWhole,
    /// A value without a counterpart.
    #[error("the value has no counterpart")]
    NotInMap,
    /// A part is missing before one that is there.
    #[error("a part is missing before another one")]
    Gap,
    /// A part contains the separator.
    #[error("a part contains the separator")]
    Ambiguous,
    /// More bytes than the bound.
    #[error("the data is larger than {max} bytes", max = super::limits::DATA_BYTES)]
    TooLarge,
    /// More work than the bound.
    #[error("casting takes more steps than are allowed")]
    TooMuchWork,
    /// Not JSON.
    #[error("the data is not JSON")]
    NotJson,
    /// No mapping leads there.
    #[error("no mapping leads from the one version to the other")]
    NoWay,
}

impl CastReason {
    /// A stable name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAnObject => "not_an_object",
            Self::NotAList => "not_a_list",
            Self::Occupied => "occupied",
            Self::WrongType => "wrong_type",
            Self::NotANumber => "not_a_number",
            Self::NotAnInstant => "not_an_instant",
            Self::NotWhole => "not_whole",
            Self::NotInMap => "not_in_map",
            Self::Gap => "gap",
            Self::Ambiguous => "ambiguous",
            Self::TooLarge => "too_large",
            Self::TooMuchWork => "too_much_work",
            Self::NotJson => "not_json",
            Self::NoWay => "no_way",
        }
    }
}

impl From<Obstacle> for CastReason {
    fn from(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::NotAnObject => Self::NotAnObject,
            Obstacle::Occupied => Self::Occupied,
        }
    }
}
