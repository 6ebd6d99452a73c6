//! Versions of event types: what their data looks like, and how the data of one version becomes that of another.
//!
//! A [`Schema`] says what data is valid, and why other data is not. A [`Mapping`] makes the data of one version into that
//! of its neighbour; a [`Chain`] is mappings in a row, composed once. [`check`] judges whether a version may follow
//! another one. [`Schema::sample`] makes data that is valid. [`builtin`] holds the types that the platform itself publishes.
//!
//! Promise: an answer, always. Schemas and mappings are compiled once, within bounds, and whatever data they are asked
//! about, they end and do not panic. Data that no step of a mapping touches keeps its bytes.
//!
//! Elsewhere: who registers what in `domain::event_type`, who is told in `app`; the language in
//! `docs/reference/mappings.md`.

pub mod builtin;

mod compatible;
mod decimal;
mod document;
mod mapping;
mod schema;

pub use compatible::{Incompatible, Sample, Way, check};
pub use mapping::limits as mapping_limits;
pub use mapping::{
    Cast, CastError, CastReason, Chain, Compatibility, Direction, Leg, Mapping, MappingError, MappingProblem,
    StepDone,
};
pub use schema::limits as schema_limits;
pub use schema::{Broken, Problem, SampleError, Schema, SchemaError, SharedParts, accepts_all};
