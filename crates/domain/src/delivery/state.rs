//! The state of a delivery, and the decisions over it.

use std::sync::Arc;

use super::{Attempt, AttemptMade, Command, DeadLetterReason, Event, Origin, Refusal, Verdict};
use crate::decider::Decider;
use crate::policy::{Budget, RetryPolicy};
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

    /// What is recorded of a request that was made. A request happened: there is no refusing it.
    ///
    /// Without a `policy` its subscription is gone, and nothing follows a failure.
    pub fn record_attempt(&self, made: AttemptMade, policy: Option<&RetryPolicy>) -> Vec<Event> {
        let AttemptMade { attempt, at, chance, not_before } = made;
        if attempt.answer.is_success() {
            return vec![Event::AttemptSucceeded { attempt }];
        }
        // What was cancelled while the request was under way stays so.
        let Some(policy) = policy.filter(|_| matches!(self.state, State::Waiting { .. })) else {
            return vec![Event::AttemptFailed { attempt, retry_at: None }];
        };
        let dead = |attempt, reason| {
            vec![Event::AttemptFailed { attempt, retry_at: None }, Event::DeadLettered { reason }]
        };
        match attempt.answer.verdict(policy) {
            Verdict::Final(_) => dead(attempt, DeadLetterReason::FinalStatus),
            Verdict::Gone => dead(attempt, DeadLetterReason::EndpointGone),
            Verdict::NotCastable => dead(attempt, DeadLetterReason::NotCastable),
            Verdict::Retryable => {
                let budget = Budget { made: self.budget.made.saturating_add(1), ..self.budget };
                match policy.retry_at(budget, at, chance, not_before) {
                    Some(retry_at) => vec![Event::AttemptFailed { attempt, retry_at: Some(retry_at) }],
                    None => dead(attempt, DeadLetterReason::Exhausted),
                }
            }
        }
    }

    /// What is recorded of a request that was under way when the process died: nothing if an attempt of its number is
    /// recorded, for then it is this one.
    pub fn record_interrupted(&self, mut attempt: Arc<Attempt>) -> Vec<Event> {
        if attempt.number <= self.attempts {
            return Vec::new();
        }
        Arc::make_mut(&mut attempt).number = self.attempts.saturating_add(1);
        vec![Event::AttemptInterrupted { attempt }]
    }

    /// The progress after `event`.
    #[must_use]
    pub fn evolve(mut self, event: &Event) -> Self {
        match event {
            // A second scheduling cannot be recorded; were it, the first would stand.
            Event::Scheduled { .. } => {}
            Event::DeliveredAtOnce { .. } | Event::AttemptSucceeded { .. } => {
                self.count();
                self.state = State::Delivered;
            }
            Event::AttemptFailed { retry_at, .. } => {
                self.count();
                if let Some(due_at) = *retry_at {
                    self.state = State::Waiting { due_at, by_hand: false };
                }
            }
            Event::AttemptInterrupted { .. } => self.attempts = self.attempts.saturating_add(1),
            Event::DeadLettered { reason } => self.state = State::Dead(*reason),
            Event::RetryRequested { at, .. } => {
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
            (Self::Scheduled { .. }, Command::Schedule { .. }) => Err(Refusal::AlreadyScheduled),
            (Self::Scheduled { progress, .. }, Command::RecordAttempt { made, policy }) => {
                Ok(progress.record_attempt(made, policy.as_ref()))
            }
            (Self::Scheduled { progress, .. }, Command::RecordInterrupted { attempt }) => {
                Ok(progress.record_interrupted(attempt))
            }
            (Self::Scheduled { origin, progress }, Command::Retry { at }) => {
                Ok(vec![Event::RetryRequested { origin: origin.clone(), attempts: progress.attempts, at }])
            }
            (Self::Scheduled { origin, progress }, Command::Cancel { reason }) => match progress.state {
                // A dead letter that is cancelled is discarded: nobody need look at it any more.
                State::Waiting { .. } | State::Dead(_) => {
                    Ok(vec![Event::Cancelled { subscription: origin.subscription, reason }])
                }
                State::Cancelled => Ok(vec![]),
                State::Delivered => Err(Refusal::AlreadyDelivered),
            },
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unborn, Event::Scheduled { origin, at }) => {
                Self::Scheduled { origin: origin.clone(), progress: Progress::new(*at) }
            }
            (Self::Unborn, Event::DeliveredAtOnce { origin, at, .. }) => {
                Self::Scheduled { origin: origin.clone(), progress: Progress::new(*at).evolve(event) }
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
