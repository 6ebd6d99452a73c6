//! Mappings between neighbouring versions: JSON, read and compiled once, done within bounds.
//!
//! The language stands in `docs/reference/mappings.md`. A [`Mapping`] has a direction *up*, from the version before, and a
//! direction *down*, back to it. A [`Chain`] is the directions from any version to any other, composed once.

mod apply;
mod chain;
mod convert;
mod error;
mod instant;
mod read;
mod scalar;
mod step;
#[cfg(test)]
mod tests;
mod unit;

pub(crate) use scalar::same;

pub use chain::{Cast, Chain, Leg, StepDone};
pub use error::{CastError, CastReason, MappingError, MappingProblem};
pub use step::{Compatibility, Direction, Mapping};

/// Bounds of the language.
pub mod limits {
    /// The most bytes of a mapping.
    pub const MAPPING_BYTES: usize = 64 * 1024;
    /// The most steps of a direction, those within `each` included.
    pub const STEPS: usize = 64;
    /// The most steps of a chain.
    pub const CHAIN_STEPS: usize = 2_048;
    /// How deep `each` may be nested.
    pub const EACH_DEPTH: usize = 3;
    /// The most texts that say what is lost.
    pub const LOSES: usize = 16;
    /// The most characters of such a text.
    pub const LOSES_CHARS: usize = 256;
    /// The most bytes of a value that a mapping brings along.
    pub const VALUE_BYTES: usize = 4_096;
    /// The most pairs of `values`.
    pub const PAIRS: usize = 64;
    /// The most places of `split` and `join`.
    pub const PARTS: usize = 8;
    /// The most characters of a separator.
    pub const SEPARATOR_CHARS: usize = 16;
    /// The most digits behind the point that `round` may ask for.
    pub const ROUND: u8 = 18;
    /// The most bytes of data that is cast, before and after.
    pub const DATA_BYTES: usize = 1024 * 1024;
    /// How many steps may be done and members be looked at for one event.
    pub const WORK: usize = 4_000_000;
}
