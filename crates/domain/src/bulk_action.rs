//! Something that is done to many deliveries: those that a selection names, one page after the other.
//!
//! Its records say what was asked for and how far it got, so that it goes on after a restart. What it does to a
//! delivery is recorded there, in the name of whoever asked.

use rules::TypePattern;
use serde::{Deserialize, Serialize};

use crate::decider::Decider;
use crate::delivery::DeadLetterReason;
use crate::id::{DeliveryId, EventId, SubscriptionId};
use crate::record::Fact;
use crate::stream::StreamKind;
use crate::text::Description;
use crate::time::Timestamp;

/// What is done to each delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It is attempted again, with a new budget.
    Retry,
    /// It is attempted no more.
    Cancel,
}

/// What a selected delivery is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectedState {
    /// Its first attempt.
    Waiting,
    /// Another attempt.
    Retrying,
    /// Nothing: it was delivered.
    Delivered,
    /// Nothing: it is a dead letter.
    DeadLettered,
    /// Nothing: it was cancelled.
    Cancelled,
}

/// What kind of answer the last attempt of a selected delivery got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectedAnswer {
    /// 2xx.
    Success,
    /// 3xx.
    Redirect,
    /// 4xx.
    ClientError,
    /// 5xx.
    ServerError,
    /// None at all.
    NoResponse,
    /// There was no attempt.
    NoAttempt,
}

/// Which deliveries are meant: those that meet all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// In one of these states.
    pub states: Vec<SelectedState>,
    /// To this subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<SubscriptionId>,
    /// Of this event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// Of events of this type, or of the types below this family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<TypePattern>,
    /// Whose last attempt got this kind of answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<SelectedAnswer>,
    /// Whose last attempt got this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Whose last attempt got no response for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_class: Option<String>,
    /// That became dead letters for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter_reason: Option<DeadLetterReason>,
    /// Of events that were accepted at this instant or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Of events that were accepted before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Timestamp>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What is done to each.
    pub kind: Kind,
    /// To which.
    pub selection: Selection,
    /// Why, in the words of whoever asked.
    pub note: Description,
    /// How many the selection named when it began, as far as they were counted.
    pub matched: u64,
    /// How many are looked at, at most.
    pub limit: u64,
}

/// How far it got. Deliveries are taken in the descending order of their ids, so none comes twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The last delivery that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<DeliveryId>,
    /// How many were looked at.
    pub looked_at: u64,
    /// How many are other than before because of it.
    pub changed: u64,
    /// How many were left as they were.
    pub skipped: u64,
}

/// A past fact of a bulk action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It begins.
    Started {
        /// What was asked for.
        order: Box<Order>,
    },
    /// A page was dealt with.
    Advanced {
        /// How far it is.
        progress: Progress,
    },
    /// All were dealt with, or as many as were allowed.
    Completed {
        /// How far it came.
        progress: Progress,
    },
    /// Somebody asked for no more of it. What was done stays done.
    Cancelled {
        /// Why, in their words.
        note: Description,
    },
}

impl Event {
    /// The name that it is stored under.
    pub const fn record_type(&self) -> &'static str {
        match self {
            Self::Started { .. } => "bulk_action.started",
            Self::Advanced { .. } => "bulk_action.advanced",
            Self::Completed { .. } => "bulk_action.completed",
            Self::Cancelled { .. } => "bulk_action.cancelled",
        }
    }
}

/// What can be asked of a bulk action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin.
    Start {
        /// What is wanted.
        order: Box<Order>,
    },
    /// A page was dealt with.
    Advance {
        /// How far it is.
        progress: Progress,
    },
    /// Nothing is left to be dealt with.
    Complete {
        /// How far it came.
        progress: Progress,
    },
    /// End early.
    Cancel {
        /// Why.
        note: Description,
    },
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such action.
    #[error("the bulk action does not exist")]
    NeverStarted,
    /// The id is taken.
    #[error("the bulk action has already begun")]
    AlreadyStarted,
    /// It has come to its end.
    #[error("the bulk action has already ended")]
    Ended,
}

/// A bulk action as its records tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum BulkAction {
    /// Nothing is recorded.
    #[default]
    Unborn,
    /// It goes on.
    Running {
        /// What was asked for.
        order: Box<Order>,
        /// How far it is.
        progress: Progress,
    },
    /// It dealt with everything.
    Completed,
    /// Somebody ended it.
    Cancelled,
}

impl Decider for BulkAction {
    const KIND: StreamKind = StreamKind::BulkAction;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unborn, Command::Start { order }) => Ok(vec![Event::Started { order }]),
            (Self::Unborn, _) => Err(Refusal::NeverStarted),
            (_, Command::Start { .. }) => Err(Refusal::AlreadyStarted),
            (Self::Running { .. }, Command::Advance { progress }) => Ok(vec![Event::Advanced { progress }]),
            (Self::Running { .. }, Command::Complete { progress }) => Ok(vec![Event::Completed { progress }]),
            (Self::Running { .. }, Command::Cancel { note }) => Ok(vec![Event::Cancelled { note }]),
            (Self::Cancelled, Command::Cancel { .. }) => Ok(vec![]),
            (Self::Completed | Self::Cancelled, _) => Err(Refusal::Ended),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unborn, Event::Started { order }) => {
                Self::Running { order: order.clone(), progress: Progress::default() }
            }
            (Self::Running { order, .. }, Event::Advanced { progress }) => {
                Self::Running { order, progress: *progress }
            }
            (Self::Running { .. }, Event::Completed { .. }) => Self::Completed,
            (Self::Running { .. }, Event::Cancelled { .. }) => Self::Cancelled,
            (state, _) => state,
        }
    }

    fn from_fact(fact: Fact) -> Option<Event> {
        match fact {
            Fact::BulkAction(event) => Some(event),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    fn started() -> Event {
        let selection = Selection { states: vec![SelectedState::DeadLettered], ..Selection::default() };
        let note = Description::default();
        Event::Started { order: Box::new(Order { kind: Kind::Retry, selection, note, matched: 3, limit: 9 }) }
    }

    fn progress(looked_at: u64) -> Progress {
        Progress { looked_at, changed: looked_at, ..Progress::default() }
    }

    fn cancel() -> Command {
        Command::Cancel { note: Description::default() }
    }

    #[test]
    fn it_advances_until_it_is_complete() {
        let first = progress(2);
        given::<BulkAction>([started()])
            .when(Command::Advance { progress: first })
            .then([Event::Advanced { progress: first }]);
        given::<BulkAction>([started(), Event::Completed { progress: first }])
            .when(Command::Advance { progress: first })
            .then_refused(&Refusal::Ended);
    }

    #[test]
    fn cancelling_twice_records_once_and_ends_it() {
        let cancelled = Event::Cancelled { note: Description::default() };
        given::<BulkAction>([started()]).when(cancel()).then([cancelled.clone()]);
        given::<BulkAction>([started(), cancelled.clone()]).when(cancel()).then_nothing();
        given::<BulkAction>([started(), cancelled])
            .when(Command::Complete { progress: progress(1) })
            .then_refused(&Refusal::Ended);
    }

    #[test]
    fn what_is_complete_cannot_be_cancelled() {
        given::<BulkAction>([started(), Event::Completed { progress: progress(3) }])
            .when(cancel())
            .then_refused(&Refusal::Ended);
    }

    #[test]
    fn what_never_began_cannot_go_on() {
        given::<BulkAction>([]).when(cancel()).then_refused(&Refusal::NeverStarted);
    }
}
