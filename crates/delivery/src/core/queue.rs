//! One subscription: what waits for it, what is under way, and how hard it may be pressed.

use domain::delivery::Event;
use domain::{DeliveryId, Position, Sequence, TenantId, Timestamp};
use hashbrown::HashMap;

use super::QueueId;
use super::job::Job;
use super::rate::Pace;
use super::window::{EARLIEST, Window};

/// The engine's view of one subscription.
#[derive(Debug)]
pub(super) struct Queue {
    /// Which of the queues that this subscription had one after the other.
    pub(super) id: QueueId,
    /// Whose it is.
    pub(super) tenant: TenantId,
    /// What waits.
    pub(super) window: Window,
    /// Requests that are on the network.
    pub(super) in_flight: HashMap<DeliveryId, Flight>,
    /// Outcomes that are on their way into the ledger.
    pub(super) settling: HashMap<DeliveryId, Settling>,
    /// How fast attempts may start.
    pub(super) pace: Pace,
    /// No attempt starts before this: the endpoint asked for it.
    pub(super) blocked_until: Timestamp,
}

/// A request on the network.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    /// Its delivery.
    pub(super) job: Job,
    /// When it started.
    pub(super) started: Timestamp,
}

/// An outcome on its way into the ledger.
#[derive(Debug, Clone)]
pub(super) struct Settling {
    /// The delivery before the outcome.
    pub(super) job: Job,
    /// What is being appended.
    pub(super) events: Vec<Event>,
    /// What was decided on, should somebody else have recorded something first.
    pub(super) report: super::Report,
    /// What others recorded behind it, before its own place in the ledger was known here, and where in its stream.
    pub(super) later: Vec<(Sequence, Event)>,
}

impl Settling {
    /// The sequence that the stream has once the outcome is appended, and what others recorded behind it.
    fn end(&self) -> Sequence {
        let appended = Sequence(self.job.sequence.0 + self.events.len() as u64);
        self.later.last().map_or(appended, |(last, _)| *last)
    }
}

impl Queue {
    /// Of a subscription with nothing under way.
    pub(super) fn new(id: QueueId, tenant: TenantId, pace: Pace) -> Self {
        Self {
            id,
            tenant,
            window: Window::default(),
            in_flight: HashMap::new(),
            settling: HashMap::new(),
            pace,
            blocked_until: Timestamp::default(),
        }
    }

    /// Whether nothing is under way.
    pub(super) fn is_at_rest(&self) -> bool {
        self.in_flight.is_empty() && self.settling.is_empty()
    }

    /// Whether a delivery is here, waiting or under way.
    pub(super) fn holds(&self, delivery: DeliveryId) -> bool {
        self.in_flight.contains_key(&delivery)
            || self.settling.contains_key(&delivery)
            || self.window.holds(delivery)
    }

    /// Whether nothing is left to do, and nothing to remember.
    pub(super) fn is_idle(&self, now: Timestamp) -> bool {
        self.is_at_rest() && self.window.is_empty() && self.blocked_until <= now && self.pace.is_even(now)
    }

    /// Takes note that a row of an older view is stale. That a delivery was scheduled changes nothing of it.
    pub(super) fn note_change(&mut self, delivery: DeliveryId, position: Position, event: &Event) {
        if !matches!(event, Event::Scheduled { .. }) {
            self.window.note_change(delivery, position);
        }
    }

    /// Folds something that was recorded of a delivery.
    ///
    /// What the engine appended itself comes back through the ledger as well, and is passed over while it is under way.
    pub(super) fn note(
        &mut self,
        delivery: DeliveryId,
        (position, sequence): (Position, Sequence),
        event: &Event,
        room: bool,
    ) {
        self.note_change(delivery, position, event);
        if let Some(settling) = self.settling.get_mut(&delivery) {
            if sequence > settling.end() {
                settling.later.push((sequence, event.clone()));
            }
            return;
        }
        if let Some(flight) = self.in_flight.get_mut(&delivery) {
            if sequence > flight.job.sequence {
                flight.job.progress = flight.job.progress.evolve(event);
                flight.job.sequence = sequence;
            }
            return;
        }
        match event {
            Event::RetryRequested { at, .. } => match self.window.remove(delivery) {
                Some(mut job) => {
                    if sequence > job.sequence {
                        job.progress = job.progress.evolve(event);
                        job.sequence = sequence;
                    }
                    self.window.push_retry(job, room);
                }
                None => self.window.note_retry((*at, delivery)),
            },
            Event::Cancelled { .. } => {
                // A page may have brought what somebody asked for after the cancellation.
                if let Some(job) = self.window.remove(delivery).filter(|job| job.sequence >= sequence) {
                    self.window.push_retry(job, room);
                }
            }
            Event::Scheduled { .. }
            | Event::DeliveredAtOnce { .. }
            | Event::AttemptSucceeded { .. }
            | Event::AttemptFailed { .. }
            | Event::AttemptInterrupted { .. }
            | Event::DeadLettered { .. } => match self.window.remove(delivery) {
                Some(mut job) => {
                    if sequence > job.sequence {
                        job.progress = job.progress.evolve(event);
                        job.sequence = sequence;
                    }
                    self.window.put_back(job, room);
                }
                // Wherever it was, the view knows where it is; an interrupted one may be a retry only now.
                None => match event {
                    Event::AttemptFailed { retry_at: Some(retry_at), .. } => {
                        self.window.note_retry((*retry_at, delivery));
                    }
                    Event::AttemptInterrupted { .. } => self.window.note_retry(EARLIEST),
                    _ => {}
                },
            },
        }
    }
}
