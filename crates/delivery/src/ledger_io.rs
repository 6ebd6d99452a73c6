//! Appending outcomes: again and again until the ledger has said what became of them.

use std::sync::Arc;
use std::time::Duration;

use domain::delivery::{Delivery, Event};
use domain::{
    Decider, DeliveryId, Fact, IdSource, Position, RecordId, Sequence, StreamId, SubscriptionId, TenantId,
    Timestamp,
};
use failpoints::Point;
use ledger::{Batch, Ledger, LedgerError, NewRecord, Origin};
use tokio_util::sync::CancellationToken;

use crate::core::Job;

/// The shortest and longest pause before an append is tried again.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));
/// Records of one delivery that are read at once.
const STREAM_PAGE: usize = 100;

/// What is to be appended to the stream of one delivery.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) tenant: TenantId,
    pub(crate) subscription: SubscriptionId,
    pub(crate) delivery: DeliveryId,
    pub(crate) expected: Sequence,
    pub(crate) events: Vec<Event>,
    /// What the records carry besides.
    pub(crate) metadata: Arc<str>,
}

/// What became of an [`Outcome`].
#[derive(Debug)]
pub(crate) enum Settled {
    /// It is in the ledger.
    Appended(Position),
    /// Somebody else recorded something first: this is what the delivery is now.
    Conflicted(Job),
    /// It cannot be known any more: the ledger is closing.
    Abandoned,
}

/// What the ledger has of a delivery.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What it is.
    pub(crate) state: Delivery,
    /// How many records there are.
    pub(crate) sequence: Sequence,
    /// When its attempts started.
    pub(crate) started: Vec<Timestamp>,
}

/// Why it is not known what a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The ledger, or the engine, is closing.
    Closing,
    /// One of its records cannot be understood.
    Damaged,
}

/// Who appends.
#[derive(Clone)]
pub(crate) struct Scribe {
    ledger: Arc<dyn Ledger>,
    ids: Arc<dyn IdSource>,
    stopping: CancellationToken,
}

impl Scribe {
    pub(crate) const fn new(
        ledger: Arc<dyn Ledger>,
        ids: Arc<dyn IdSource>,
        stopping: CancellationToken,
    ) -> Self {
        Self { ledger, ids, stopping }
    }

    /// Appends all outcomes in one call, each by itself, until the answer is known.
    pub(crate) async fn append(
        self,
        outcomes: Vec<Outcome>,
        now: Timestamp,
    ) -> Vec<(SubscriptionId, DeliveryId, Settled)> {
        let names: Vec<_> = outcomes.iter().map(|outcome| (outcome.subscription, outcome.delivery)).collect();
        let batches: Vec<_> = outcomes.into_iter().map(|outcome| self.batch(outcome, now)).collect();
        failpoints::reach(Point::BeforeOutcome);
        let Some(verdicts) = self.insist(batches).await else {
            return names
                .into_iter()
                .map(|(subscription, delivery)| (subscription, delivery, Settled::Abandoned))
                .collect();
        };
        failpoints::reach(Point::AfterOutcome);
        let mut settled = Vec::with_capacity(names.len());
        for ((subscription, delivery), verdict) in names.into_iter().zip(verdicts) {
            let what = match verdict {
                Ok(appended) => Settled::Appended(appended.last),
                Err(_) => self.current(delivery).await.map_or(Settled::Abandoned, Settled::Conflicted),
            };
            settled.push((subscription, delivery, what));
        }
        settled
    }

    fn batch(&self, outcome: Outcome, now: Timestamp) -> Batch {
        let origin = Origin { tenant: outcome.tenant, metadata: outcome.metadata, recorded_at: now };
        let stream = StreamId::from(outcome.delivery);
        let mut sequence = outcome.expected;
        let record = |event| {
            sequence = sequence.next();
            NewRecord::of(RecordId::generate(&*self.ids), stream, sequence, Fact::Delivery(event), &origin)
        };
        Batch::new(outcome.events.into_iter().map(record).collect())
            .expect("outcomes are few, small and in sequence")
    }

    /// Tries the very same records until the ledger answers; `None` once it, or the engine, is closing.
    async fn insist(&self, batches: Vec<Batch>) -> Option<Vec<ledger::Verdict>> {
        let mut pause = PAUSE.0;
        loop {
            match self.ledger.append(batches.clone()).await {
                Ok(verdicts) => return Some(verdicts),
                Err(LedgerError::ShuttingDown) => return None,
                Err(error) => {
                    metrics::counter!("hookledger_delivery_append_retries_total").increment(1);
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        pause_ms = pause.as_millis(),
                        "outcomes are not recorded yet"
                    );
                }
            }
            pause = self.rest(pause).await?;
        }
    }

    /// Waits before the next try, and says how long to wait after that; `None` if the engine is closing.
    async fn rest(&self, pause: Duration) -> Option<Duration> {
        tokio::select! {
            () = tokio::time::sleep(pause) => Some((pause * 2).min(PAUSE.1)),
            () = self.stopping.cancelled() => None,
        }
    }

    /// What a delivery is now; `None` once the ledger, or the engine, is closing, or if its records make no delivery.
    async fn current(&self, delivery: DeliveryId) -> Option<Job> {
        let Found { state, sequence, .. } = self.delivery(delivery).await.ok()?;
        let Delivery::Scheduled { origin, progress } = state else { return None };
        Some(Job { delivery, event: origin.event, event_position: origin.event_position, sequence, progress })
    }

    /// A delivery by its records, read until they can be.
    pub(crate) async fn delivery(&self, delivery: DeliveryId) -> Result<Found, Unread> {
        let mut found = Found::default();
        loop {
            let records = self.records(delivery, found.sequence).await.ok_or(Unread::Closing)?;
            for record in &records {
                let Ok(Fact::Delivery(event)) = record.fact() else { return Err(Unread::Damaged) };
                found.state = found.state.evolve(event);
                found.sequence = record.sequence;
                found.started.extend(event.attempt().map(|attempt| attempt.started_at));
            }
            if records.len() < STREAM_PAGE {
                return Ok(found);
            }
        }
    }

    async fn records(&self, delivery: DeliveryId, after: Sequence) -> Option<Vec<Arc<ledger::Record>>> {
        let mut pause = PAUSE.0;
        loop {
            match self.ledger.read_stream(delivery.into(), after, STREAM_PAGE).await {
                Ok(records) => return Some(records),
                Err(LedgerError::ShuttingDown) => return None,
                Err(error) => {
                    tracing::warn!(
                        delivery.id = %delivery,
                        error = &error as &dyn std::error::Error,
                        "a delivery could not be read"
                    );
                }
            }
            pause = self.rest(pause).await?;
        }
    }
}
