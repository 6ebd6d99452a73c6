//! A model of the `queue` view: what waits as of a position of its own, which lags behind the ledger's head.
//!
//! It shares the domain's router and fold with the real one, and nothing with the core.

use std::collections::{BTreeMap, HashMap};

use domain::delivery::{Event, Progress, State};
use domain::policy::Budget;
use domain::routing::Router;
use domain::{DeliveryId, EventId, Fact, Position, SubscriptionId, TenantId, subscription};
use hookledger_delivery::core::{Bounds, Job, Page, RetryKey, Survey, Surveyed, Waiting, Wanted};

use super::ledger::Entry;

/// What waits.
#[derive(Debug, Default)]
pub(crate) struct View {
    position: Position,
    router: Router,
    rows: HashMap<DeliveryId, (SubscriptionId, Job)>,
    queues: BTreeMap<SubscriptionId, Rows>,
}

/// What waits for one subscription, in both orders.
#[derive(Debug)]
struct Rows {
    tenant: TenantId,
    first: BTreeMap<Position, Job>,
    retries: BTreeMap<RetryKey, Job>,
}

impl View {
    /// How far the ledger is folded.
    pub(crate) const fn position(&self) -> Position {
        self.position
    }

    /// What waits, as much as may be held when an engine starts.
    pub(crate) fn snapshot(&self, bounds: &Bounds) -> Vec<Waiting> {
        let share = bounds.share_at_start(self.queues.len());
        let waiting = |(id, rows): (&SubscriptionId, &Rows)| {
            let first: Vec<Job> = rows.first.values().copied().take(share).collect();
            let retries: Vec<Job> = rows.retries.values().copied().take(share - first.len()).collect();
            let (more_first, more_retries) =
                (rows.first.len() > first.len(), rows.retries.len() > retries.len());
            Waiting { tenant: rows.tenant, subscription: *id, first, more_first, retries, more_retries }
        };
        self.queues.iter().map(waiting).collect()
    }

    /// For whom something waits.
    pub(crate) fn survey(&self) -> Survey {
        let waiting = |(id, rows): (&SubscriptionId, &Rows)| Surveyed {
            tenant: rows.tenant,
            subscription: *id,
            first: !rows.first.is_empty(),
            retries: rows.retries.keys().next().map(|key| key.0),
        };
        Survey { as_of: self.position, waiting: self.queues.iter().map(waiting).collect() }
    }

    /// How much waits.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A page of what waits.
    pub(crate) fn page(&self, subscription: SubscriptionId, wanted: Wanted, limit: usize) -> Page {
        let mut jobs: Vec<Job> = match (self.queues.get(&subscription), wanted) {
            (None, _) => Vec::new(),
            (Some(rows), Wanted::First { after }) => {
                rows.first.range(Position(after.0 + 1)..).map(|(_, job)| *job).take(limit + 1).collect()
            }
            (Some(rows), Wanted::Retries { from }) => {
                rows.retries.range(from..).map(|(_, job)| *job).take(limit + 1).collect()
            }
        };
        let more = jobs.len() > limit;
        jobs.truncate(limit);
        Page { as_of: self.position, jobs, more }
    }

    /// Folds the next record of the ledger.
    pub(crate) fn fold(&mut self, entry: &Entry) {
        assert_eq!(entry.position.0, self.position.0 + 1, "the model view skipped a record");
        self.position = entry.position;
        match &*entry.fact {
            Fact::Subscription(event) => {
                let id = SubscriptionId::from_uuid(entry.stream);
                self.router.apply(entry.tenant, id, event);
                if matches!(event, subscription::Event::Deleted)
                    && let Some(rows) = self.queues.remove(&id)
                {
                    for job in rows.first.values().chain(rows.retries.values()) {
                        self.rows.remove(&job.delivery);
                    }
                }
            }
            Fact::Event(domain::event::Event::Published(published)) => {
                let event = EventId::from_uuid(entry.stream);
                for subscription in self.router.route(entry.tenant, published) {
                    let at = published.accepted_at;
                    let delivery = DeliveryId::of(event, at, subscription);
                    self.put(entry.tenant, subscription, Job::new(delivery, event, entry.position, at));
                }
            }
            Fact::Delivery(event) => self.fold_delivery(entry, DeliveryId::from_uuid(entry.stream), event),
            _ => {}
        }
    }

    fn fold_delivery(&mut self, entry: &Entry, delivery: DeliveryId, event: &Event) {
        let found = self.take(delivery);
        let job = match event {
            Event::Scheduled { .. } => found,
            Event::AttemptFailed { .. } | Event::AttemptInterrupted { .. } => {
                found.map(|(subscription, mut job)| {
                    job.progress = job.progress.evolve(event);
                    (subscription, job)
                })
            }
            Event::RetryRequested { origin, attempts, at } => {
                let mut job = Job::new(delivery, origin.event, origin.event_position, *at);
                job.progress = Progress {
                    attempts: *attempts,
                    budget: Budget { made: 0, since: *at },
                    state: State::Waiting { due_at: *at, by_hand: true },
                };
                let alive = self.router.get(origin.subscription).is_some();
                alive.then_some((origin.subscription, job))
            }
            Event::DeliveredAtOnce { .. }
            | Event::AttemptSucceeded { .. }
            | Event::DeadLettered { .. }
            | Event::Cancelled { .. } => None,
        };
        if let Some((subscription, mut job)) = job {
            job.sequence = entry.sequence;
            self.put(entry.tenant, subscription, job);
        }
    }

    fn put(&mut self, tenant: TenantId, subscription: SubscriptionId, job: Job) {
        let rows = self.queues.entry(subscription).or_insert_with(|| Rows {
            tenant,
            first: BTreeMap::new(),
            retries: BTreeMap::new(),
        });
        if job.is_first() {
            rows.first.insert(job.event_position, job);
        } else if let Some(key) = job.retry_key() {
            rows.retries.insert(key, job);
        }
        self.rows.insert(job.delivery, (subscription, job));
    }

    fn take(&mut self, delivery: DeliveryId) -> Option<(SubscriptionId, Job)> {
        let (subscription, job) = self.rows.remove(&delivery)?;
        let rows = self.queues.get_mut(&subscription).expect("a row belongs to a queue");
        if job.is_first() {
            rows.first.remove(&job.event_position);
        } else if let Some(key) = job.retry_key() {
            rows.retries.remove(&key);
        }
        if rows.first.is_empty() && rows.retries.is_empty() {
            self.queues.remove(&subscription);
        }
        Some((subscription, job))
    }
}
