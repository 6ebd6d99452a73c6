//! The fold of subscriptions: their state as the router knows it, and counters that add up before they touch a row.

use domain::delivery::{self, Answer, Attempt};
use domain::routing::Entry;
use domain::subscription::{Event, Status};
use domain::{Sequence, SubscriptionId, TenantId, Timestamp};
use hashbrown::HashMap;
use ledger::Record;

use super::filter::folded;
use super::row::{Details, LastAttempt, SubscriptionState};
use crate::runner::RoutedPage;
use crate::store::{NewRow, Tables, WriteError, as_id, integer, values};

/// The subscriptions that a page touches.
pub(in crate::status) struct SubscriptionFold<'p> {
    page: &'p RoutedPage<'p>,
    tables: Tables<'p>,
    changed: HashMap<SubscriptionId, Changed>,
    counts: HashMap<SubscriptionId, Counts>,
}

/// When a subscription was changed.
struct Changed {
    first_at: Timestamp,
    last_at: Timestamp,
    version: Sequence,
    patterns: bool,
    deleted: bool,
}

/// What became of deliveries to a subscription.
#[derive(Default)]
struct Counts {
    delivered: u64,
    failed_attempts: u64,
    dead_letters: u64,
    last: Option<LastAttempt>,
}

impl<'p> SubscriptionFold<'p> {
    pub(in crate::status) fn new(page: &'p RoutedPage<'p>, tables: Tables<'p>) -> Self {
        Self { page, tables, changed: HashMap::new(), counts: HashMap::new() }
    }

    /// A subscription was changed; what it is now, the router knows.
    pub(in crate::status) fn note(&mut self, record: &Record, event: &Event) {
        let at = record.recorded_at;
        let new = || Changed {
            first_at: at,
            last_at: at,
            version: record.sequence,
            patterns: false,
            deleted: false,
        };
        let changed = self.changed.entry(SubscriptionId::from_uuid(record.stream.uuid)).or_insert_with(new);
        changed.last_at = at;
        changed.version = record.sequence;
        changed.patterns |=
            matches!(event, Event::Created { .. } | Event::EventTypesChanged { .. } | Event::Deleted);
        changed.deleted |= matches!(event, Event::Deleted);
    }

    /// Something happened to a delivery to a subscription.
    pub(in crate::status) fn count(&mut self, subscription: SubscriptionId, event: &delivery::Event) {
        let counts = self.counts.entry(subscription).or_default();
        match event {
            delivery::Event::DeliveredAtOnce { attempt, .. }
            | delivery::Event::AttemptSucceeded { attempt } => {
                counts.delivered += 1;
                counts.last = Some(last(attempt, true));
            }
            delivery::Event::AttemptFailed { attempt, .. } => {
                counts.failed_attempts += 1;
                counts.last = Some(last(attempt, false));
            }
            delivery::Event::DeadLettered { .. } => counts.dead_letters += 1,
            // It says nothing of the endpoint.
            delivery::Event::AttemptInterrupted { .. }
            | delivery::Event::Scheduled { .. }
            | delivery::Event::RetryRequested { .. }
            | delivery::Event::Cancelled { .. } => {}
        }
    }

    /// Writes what changed.
    pub(in crate::status) fn write(self) -> Result<(), WriteError> {
        for (id, changed) in &self.changed {
            if let Some(entry) = self.page.subscription(*id) {
                write(self.tables, *id, entry, changed)?;
            }
        }
        let mut counts: Vec<_> = self.counts.into_iter().collect();
        counts.sort_unstable_by_key(|(id, _)| *id);
        self.tables.each(include_str!("count.sql"), &counts, count)
    }
}

fn last(attempt: &Attempt, succeeded: bool) -> LastAttempt {
    let error_class = match &attempt.answer {
        Answer::Response { .. } => None,
        Answer::Failure { class, .. } => Some(class.clone()),
    };
    LastAttempt { at: attempt.started_at, succeeded, status: attempt.answer.status(), error_class }
}

fn write(tables: Tables<'_>, id: SubscriptionId, entry: &Entry, changed: &Changed) -> Result<(), WriteError> {
    // Its creation could not be read, which was noted.
    let Some(live) = entry.live() else { return Ok(()) };
    let state = match &live.status {
        _ if changed.deleted => SubscriptionState::Deleted,
        Status::Active => SubscriptionState::Active,
        Status::Paused(_) => SubscriptionState::Paused,
        Status::Disabled(_) => SubscriptionState::Disabled,
    };
    let (endpoint, description) = (live.settings.endpoint.as_str(), live.settings.description.as_str());
    let details = serde_json::to_string(&Details::of(live)).expect("settings have text keys");
    let values = values![
        as_id(id.uuid()),
        as_id(TenantId::uuid(entry.tenant)),
        state.number(),
        endpoint,
        description,
        folded(&format!("{endpoint}\n{description}")),
        details,
        changed.first_at.as_micros(),
        changed.last_at.as_micros(),
        integer(changed.version.0),
    ];
    tables.execute(include_str!("upsert.sql"), values)?;
    if changed.patterns {
        write_patterns(tables, id, &live.settings.event_types, changed.deleted)?;
    }
    Ok(())
}

fn write_patterns(
    tables: Tables<'_>,
    id: SubscriptionId,
    wanted: &domain::subscription::EventTypes,
    deleted: bool,
) -> Result<(), WriteError> {
    const FORGET: &str = "DELETE FROM status_subscription_pattern/*copy*/ WHERE subscription = $1";
    const NOTE: &str = "INSERT INTO status_subscription_pattern/*copy*/ (subscription, pattern) VALUES ($1, $2) \
                        ON CONFLICT DO NOTHING";
    tables.execute(FORGET, &[as_id(id.uuid())])?;
    for pattern in wanted.patterns().filter(|_| !deleted) {
        tables.execute(NOTE, values![as_id(id.uuid()), pattern.to_string()])?;
    }
    Ok(())
}

fn count((id, counts): &(SubscriptionId, Counts), row: &mut NewRow<'_, '_>) -> Result<(), WriteError> {
    let last = counts.last.as_ref();
    row.add(as_id(id.uuid()))?
        .add(integer(counts.delivered))?
        .add(integer(counts.failed_attempts))?
        .add(integer(counts.dead_letters))?
        .add(last.map(|last| last.at.as_micros()))?
        .add(last.map(|last| last.succeeded))?
        .add(last.and_then(|last| last.status))?
        .add(last.and_then(|last| last.error_class.as_deref()))?;
    Ok(())
}
