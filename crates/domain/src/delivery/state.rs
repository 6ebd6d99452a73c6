//! The state of a delivery, and the decisions over it.

use super::{Command, DeadLetterReason, Event, Origin, Refusal, Verdict};
use crate::decider::Decider;
use crate::policy::Budget;
use crate::record::Fact;
use crate::stream::StreamKind;
use crate::time::Timestamp;

/// A delivery as its records tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Nothing is recorded.
    #[default]
    Unborn,
    /// It is to be made, or was.
    Scheduled {
        /// What and to whom.
        origin: Origin,
        /// How far it got.
        progress: Progress,
    },
}

/// How far a delivery got: what the next decision reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Attempts made in all.
    pub attempts: u32,
    /// What is used up of the policy.
    pub budget: Budget,
    /// Whether an attempt is planned.
    pub state: State,
}

/// Whether an attempt is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// At this instant, or as soon as limits allow.
    Waiting {
        /// Not before this.
        due_at: Timestamp,
        /// Whether somebody asked for it.
        by_hand: bool,
    },
    /// No: a request was answered with 2xx.
    Delivered,
    /// No: it is a dead letter.
    Dead(DeadLetterReason),
    /// No: somebody asked for it.
    Cancelled,
}

impl Progress {
    /// Of a delivery that waits for its first attempt since `at`.
    pub const fn new(at: Timestamp) -> Self {
        Self {
            attempts: 0,
            budget: Budget { made: 0, since: at },
            state: State::Waiting { due_at: at, by_hand: false },
        }
    }

    /// When the next attempt is due, if one is planned.
    pub const fn due_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Waiting { due_at, .. } => Some(due_at),
            State::Delivered | State::Dead(_) | State::Cancelled => None,
        }
    }

    /// What follows from a command, for a delivery that is scheduled.
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self.state, command) {
            (_, Command::Schedule { .. }) => Err(Refusal::AlreadyScheduled),
            (state, Command::RecordAttempt { attempt, policy, at, chance, not_before }) => {
                let dead = |reason| Event::DeadLettered { reason };
                let waiting = matches!(state, State::Waiting { .. });
                let failed = |retry_at| Event::AttemptFailed { attempt: attempt.clone(), retry_at };
                Ok(match attempt.answer.verdict(&policy) {
                    Verdict::Success => vec![Event::AttemptSucceeded { attempt }],
                    // A request that was under way when it was cancelled is recorded, and changes nothing else.
                    _ if !waiting => vec![failed(None)],
                    Verdict::Final(_) => vec![failed(None), dead(DeadLetterReason::FinalStatus)],
                    Verdict::Gone => vec![failed(None), dead(DeadLetterReason::EndpointGone)],
                    Verdict::Retryable => {
                        let budget = Budget { made: self.budget.made.saturating_add(1), ..self.budget };
                        match policy.retry_at(budget, at, chance, not_before) {
                            Some(retry_at) => vec![failed(Some(retry_at))],
                            None => vec![failed(None), dead(DeadLetterReason::Exhausted)],
                        }
                    }
                })
            }
            (_, Command::Retry { at }) => Ok(vec![Event::RetryRequested { at }]),
            (State::Waiting { .. }, Command::Cancel { reason }) => Ok(vec![Event::Cancelled { reason }]),
            (State::Cancelled, Command::Cancel { .. }) => Ok(vec![]),
            (State::Delivered, Command::Cancel { .. }) => Err(Refusal::AlreadyDelivered),
            (State::Dead(_), Command::Cancel { .. }) => Err(Refusal::AlreadyDead),
        }
    }

    /// The progress after `event`.
    #[must_use]
    pub fn evolve(mut self, event: &Event) -> Self {
        match event {
            // A second scheduling cannot be recorded; were it, the first would stand.
            Event::Scheduled { .. } => {}
            Event::AttemptSucceeded { .. } => {
                self.count();
                self.state = State::Delivered;
            }
            Event::AttemptFailed { retry_at, .. } => {
                self.count();
                if let Some(due_at) = *retry_at {
                    self.state = State::Waiting { due_at, by_hand: false };
                }
            }
            Event::DeadLettered { reason } => self.state = State::Dead(*reason),
            Event::RetryRequested { at } => {
                self.budget = Budget { made: 0, since: *at };
                self.state = State::Waiting { due_at: *at, by_hand: true };
            }
            Event::Cancelled { .. } => self.state = State::Cancelled,
        }
        self
    }

    fn count(&mut self) {
        self.attempts = self.attempts.saturating_add(1);
        self.budget.made = self.budget.made.saturating_add(1);
    }
}

impl Decider for Delivery {
    const KIND: StreamKind = StreamKind::Delivery;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unborn, Command::Schedule { origin, at }) => Ok(vec![Event::Scheduled { origin, at }]),
            (Self::Unborn, _) => Err(Refusal::NeverScheduled),
            (Self::Scheduled { progress, .. }, command) => progress.decide(command),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unborn, Event::Scheduled { origin, at }) => {
                Self::Scheduled { origin: origin.clone(), progress: Progress::new(*at) }
            }
            (Self::Unborn, _) => Self::Unborn,
            (Self::Scheduled { origin, progress }, event) => {
                Self::Scheduled { origin, progress: progress.evolve(event) }
            }
        }
    }

    fn from_fact(fact: Fact) -> Option<Event> {
        match fact {
            Fact::Delivery(event) => Some(event),
            _ => None,
        }
    }
}
