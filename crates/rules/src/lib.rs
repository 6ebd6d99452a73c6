//! Which subscriptions want an event: patterns over event types, and filters over what an event says.
//!
//! A [`TypePattern`] accepts types of events (`benchmark.completed`, `benchmark.*`, `*`). A [`Filter`] accepts
//! events by their content: it is read and compiled once, and answers for a [`ParsedEvent`], whose text is indexed
//! at most once however many filters look at it.
//!
//! Promise: an answer, always. A field that is missing or of another type does not match; no event, however odd its
//! text, makes a filter fail, panic or run on. What a filter may cost is bounded by [`limits`] when it is read.
//!
//! Elsewhere: who subscribes to what in `domain`, when filters are asked in `delivery`.

mod event;
mod event_type;
mod filter;
mod json;
mod type_pattern;

pub use event::{Event, ParsedEvent};
pub use event_type::{EventType, EventTypeError};
pub use filter::limits;
pub use filter::{
    Demand, ExplainedClause, Explanation, Filter, FilterError, FilterProblem, Operator, PathProblem, Root,
};
pub use type_pattern::{TypePattern, TypePatternError};
