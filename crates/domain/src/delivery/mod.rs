//! One event for one subscription, and every attempt to get it there.
//!
//! A delivery exists as soon as its event is recorded while a matching subscription takes events: that is derived, not
//! recorded. Its own stream starts with the first outcome, when *scheduled* and the attempt are appended together.

mod attempt;
mod command;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use attempt::{Answer, Attempt, Phases, Trigger, Verdict};
pub use command::{AttemptMade, Command, Refusal};
pub use event::{CancelReason, DeadLetterReason, Event, Origin};
pub use state::{Delivery, Progress, State};
