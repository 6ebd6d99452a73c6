//! A ledger, a transport, and an engine between them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::delivery::Event as DeliveryEvent;
use domain::routing::Router;
use domain::subscription::{Scheme, SigningSecret};
use domain::testing::{created, published};
use domain::{
    Actor, Clock, DeliveryId, EventId, Fact, IdSource, Metadata, Position, RecordId, SecretId, Sequence,
    StreamId, SubscriptionId, TenantId, Timestamp,
};
use egress::{
    AddressPolicy, BodyEnd, Failure, FailureKind, Outcome, Request, Response, Timing, Transport, UrlPolicy,
};
use hookledger_delivery::core::{Bounds, Job, Lane, Page, Survey, Surveyed, Waiting, Wanted};
use hookledger_delivery::{Backlog, BacklogError, Config, Engine, Journal, Leave, Parts, Snapshot, Underway};
use http::{HeaderMap, HeaderValue, StatusCode, Version};
use ledger::memory::MemoryLedger;
use ledger::{Batch, Filter, Ledger, NewRecord, Origin, Upcasters};
use rand::SeedableRng;
use rand::rngs::StdRng;
use uuid::Uuid;
use vault::{Context, MasterKey, Vault};

pub(crate) const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(1));
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What the receiver does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Status(u16),
    After(u16, &'static str),
    Refused,
    /// Never, until the request is dropped.
    Hang,
}

/// A request as the receiver saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) struct World {
    pub(crate) ledger: Arc<MemoryLedger>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) receiver: Arc<Receiver>,
    ids: Arc<CountingIds>,
    vault: Arc<Vault>,
    journal: Arc<Slots>,
    leave: Arc<Switch>,
}

/// Leave to send, until it is taken away.
pub(crate) struct Switch(AtomicBool);

impl Leave for Switch {
    fn is_given(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn is_gone(&self, _: Lane) -> bool {
        false
    }
}

/// A journal in memory, which outlives engines.
#[derive(Default)]
pub(crate) struct Slots(Mutex<BTreeMap<usize, Underway>>);

impl Journal for Slots {
    fn begin(&self, slot: usize, request: &Underway) -> std::io::Result<()> {
        self.0.lock().unwrap().insert(slot, *request);
        Ok(())
    }

    fn left_behind(&self) -> std::io::Result<Vec<Underway>> {
        Ok(self.0.lock().unwrap().values().copied().collect())
    }

    fn clear(&self) -> std::io::Result<()> {
        self.0.lock().unwrap().clear();
        Ok(())
    }
}

pub(crate) struct ManualClock(AtomicI64);

impl ManualClock {
    pub(crate) fn advance(&self, duration: Duration) {
        self.0.fetch_add(i64::try_from(duration.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::SeqCst)))
    }
}

/// Answers requests in the order of a script, and with 200 after its end.
#[derive(Default)]
pub(crate) struct Receiver {
    script: Mutex<Vec<Reply>>,
    seen: Mutex<Vec<Seen>>,
}

impl Receiver {
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Receiver {
    async fn send(&self, request: Request) -> Outcome {
        self.seen.lock().unwrap().push(Seen { headers: request.headers, body: request.body });
        let reply = {
            let mut script = self.script.lock().unwrap();
            if script.is_empty() { Reply::Status(200) } else { script.remove(0) }
        };
        let response = |status: u16, headers: HeaderMap| Response {
            status: StatusCode::from_u16(status).unwrap(),
            version: Version::HTTP_11,
            headers,
            body: Bytes::from_static(b"ok"),
            body_end: BodyEnd::Complete,
            peer: ([127, 0, 0, 1], 1).into(),
            tls: None,
            timing: Timing::default(),
        };
        match reply {
            Reply::Status(status) => Ok(response(status, HeaderMap::new())),
            Reply::After(status, wait) => {
                let headers =
                    [(http::header::RETRY_AFTER, HeaderValue::from_static(wait))].into_iter().collect();
                Ok(response(status, headers))
            }
            Reply::Refused => Err(Box::new(Failure::new(FailureKind::ConnectRefused))),
            Reply::Hang => std::future::pending().await,
        }
    }
}

impl World {
    pub(crate) fn new(script: impl IntoIterator<Item = Reply>) -> Self {
        let mut rng = StdRng::seed_from_u64(7);
        Self {
            ledger: Arc::new(MemoryLedger::new(Upcasters::standard())),
            clock: Arc::new(ManualClock(AtomicI64::new(1_790_000_000_000_000))),
            receiver: Arc::new(Receiver {
                script: Mutex::new(script.into_iter().collect()),
                seen: Mutex::default(),
            }),
            ids: Arc::new(CountingIds(AtomicU64::new(1_000))),
            vault: Arc::new(Vault::new(MasterKey::generate(&mut rng), [], rng)),
            journal: Arc::default(),
            leave: Arc::new(Switch(AtomicBool::new(true))),
        }
    }

    /// Gives leave to send, or takes it away.
    pub(crate) fn give_leave(&self, given: bool) {
        self.leave.0.store(given, Ordering::Release);
    }

    pub(crate) async fn engine(&self) -> Engine {
        self.engine_behind(0).await
    }

    /// An engine that starts from a view which is so many records behind.
    pub(crate) async fn engine_behind(&self, lag: u64) -> Engine {
        let parts = Parts {
            origin: egress::Origin::new("hooks.example.com").unwrap(),
            ledger: self.ledger.clone(),
            backlog: Arc::new(FoldedBacklog { ledger: self.ledger.clone(), lag }),
            journal: self.journal.clone(),
            leave: self.leave.clone(),
            transport: self.receiver.clone(),
            vault: self.vault.clone(),
            urls: UrlPolicy::https_only(AddressPolicy::public_only()),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            rng: Box::new(StdRng::seed_from_u64(8)),
        };
        let bounds = Bounds { window_max: 4, window_min: 2, ..Bounds::default() };
        Engine::start(parts, Config { bounds, drain: Duration::from_secs(1), ..Config::default() })
            .await
            .unwrap()
    }

    pub(crate) async fn record(&self, stream: StreamId, sequence: u64, fact: impl Into<Fact>) -> Position {
        let origin = Origin::new(TENANT, &Metadata::by(Actor::Operator), self.clock.now());
        let record =
            NewRecord::of(RecordId::generate(&*self.ids), stream, Sequence(sequence), fact.into(), &origin);
        let verdicts = self.ledger.append(vec![Batch::new(vec![record]).unwrap()]).await.unwrap();
        verdicts[0].as_ref().unwrap().last
    }

    /// A subscription to everything, signed with [`SECRET`].
    pub(crate) async fn subscribe(&self, n: u128) -> SubscriptionId {
        let id = SubscriptionId::from_uuid(Uuid::from_u128(n));
        let domain::subscription::Event::Created { settings, active, .. } = created(&["*"], None) else {
            unreachable!()
        };
        let secret_id = SecretId::from_uuid(Uuid::from_u128(n));
        let owner = format!("{id}/secret/{secret_id}");
        let sealed = self.vault.seal(Context { tenant: TENANT, owner: &owner }, SECRET);
        let secret = SigningSecret { id: secret_id, scheme: Scheme::HmacSha256, sealed, public_key: None };
        self.record(id.into(), 1, domain::subscription::Event::Created { settings, secret, active }).await;
        id
    }

    pub(crate) async fn publish(&self, n: u128) -> EventId {
        let id = EventId::from_uuid(Uuid::from_u128(n));
        let mut event = published("test.passed", r#"{"n":1.10}"#);
        event.accepted_at = self.clock.now();
        self.record(id.into(), 1, domain::event::Event::Published(event)).await;
        id
    }

    /// The delivery of an event that was just published.
    pub(crate) fn delivery(&self, event: EventId, subscription: SubscriptionId) -> DeliveryId {
        DeliveryId::of(event, self.clock.now(), subscription)
    }

    /// What is recorded of a delivery.
    pub(crate) async fn history(&self, delivery: DeliveryId) -> Vec<DeliveryEvent> {
        let records = self.ledger.read_stream(delivery.into(), Sequence::NONE, 100).await.unwrap();
        let event = |record: &Arc<ledger::Record>| match record.fact() {
            Ok(Fact::Delivery(event)) => event.clone(),
            other => panic!("{other:?}"),
        };
        records.iter().map(event).collect()
    }

    /// Waits until something holds; the engine has a minute of paused time for it.
    pub(crate) async fn until<F: AsyncFn() -> bool>(&self, what: &str, holds: F) {
        for _ in 0..6_000 {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it never came to this: {what}");
    }

    pub(crate) async fn until_seen(&self, count: usize) {
        self.until(&format!("{count} requests"), async || self.receiver.seen().len() >= count).await;
    }

    pub(crate) async fn until_recorded(&self, delivery: DeliveryId, names: &[&str]) {
        self.until(&format!("{names:?}"), async || {
            let history = self.history(delivery).await;
            history.iter().map(DeliveryEvent::record_type).eq(names.iter().copied())
        })
        .await;
    }
}

/// What waits, by folding the whole ledger at each question: slow, and plainly right.
struct FoldedBacklog {
    ledger: Arc<MemoryLedger>,
    /// How many records it is behind when an engine starts.
    lag: u64,
}

impl FoldedBacklog {
    async fn fold(&self, lag: u64) -> (Position, BTreeMap<(SubscriptionId, DeliveryId), Job>) {
        let (mut router, mut jobs, mut after) = (Router::default(), BTreeMap::new(), Position::START);
        let end = Position(self.ledger.head().0.saturating_sub(lag));
        while after < end {
            let limit = usize::try_from(end.0 - after.0).unwrap().min(1_000);
            let page = self.ledger.read_all(after, limit, Filter::All).await.unwrap();
            for record in &page.records {
                fold(record, &mut router, &mut jobs);
            }
            after = page.upto;
        }
        jobs.retain(|_, job: &mut Job| job.progress.due_at().is_some());
        (after, jobs)
    }
}

fn fold(
    record: &ledger::Record,
    router: &mut Router,
    jobs: &mut BTreeMap<(SubscriptionId, DeliveryId), Job>,
) {
    match record.fact().unwrap() {
        Fact::Subscription(event) => {
            router.apply(record.tenant, SubscriptionId::from_uuid(record.stream.uuid), event);
        }
        Fact::EventType(event) => {
            router.apply_type(record.tenant, record.stream.uuid, record.position, event);
        }
        Fact::Event(domain::event::Event::Published(event)) => {
            let id = EventId::from_uuid(record.stream.uuid);
            for subscription in router.route(record.tenant, event) {
                let delivery = DeliveryId::of(id, event.accepted_at, subscription);
                jobs.insert(
                    (subscription, delivery),
                    Job::new(delivery, id, record.position, event.accepted_at),
                );
            }
        }
        Fact::Delivery(event) => {
            let delivery = DeliveryId::from_uuid(record.stream.uuid);
            let job = jobs.iter_mut().find(|((_, id), _)| *id == delivery).map(|(_, job)| job).unwrap();
            job.progress = job.progress.evolve(event);
            job.sequence = record.sequence;
        }
        _ => {}
    }
}

#[async_trait]
impl Backlog for FoldedBacklog {
    async fn snapshot(&self, bounds: &Bounds) -> Result<Snapshot, BacklogError> {
        let (as_of, jobs) = self.fold(self.lag).await;
        let mut by_subscription: BTreeMap<SubscriptionId, Vec<Job>> = BTreeMap::new();
        for ((subscription, _), job) in jobs {
            by_subscription.entry(subscription).or_default().push(job);
        }
        let share = bounds.share_at_start(by_subscription.len());
        let waiting = |(subscription, jobs): (SubscriptionId, Vec<Job>)| {
            let (mut first, mut retries): (Vec<_>, Vec<_>) = jobs.into_iter().partition(Job::is_first);
            first.sort_by_key(|job| job.event_position);
            retries.sort_by_key(Job::retry_key);
            let (more_first, more_retries) = (first.len() > share, retries.len() > share);
            first.truncate(share);
            retries.truncate(share);
            Waiting { tenant: TENANT, subscription, first, more_first, retries, more_retries }
        };
        Ok(Snapshot { as_of, waiting: by_subscription.into_iter().map(waiting).collect() })
    }

    async fn survey(&self, _: Position) -> Result<Survey, BacklogError> {
        let (as_of, jobs) = self.fold(0).await;
        let mut found: BTreeMap<SubscriptionId, Surveyed> = BTreeMap::new();
        for ((subscription, _), job) in jobs {
            let none = Surveyed { tenant: TENANT, subscription, first: false, retries: None };
            let of_it = found.entry(subscription).or_insert(none);
            match job.retry_key() {
                Some((due_at, _)) if !job.is_first() => {
                    of_it.retries = Some(of_it.retries.map_or(due_at, |earliest| earliest.min(due_at)));
                }
                _ => of_it.first = true,
            }
        }
        Ok(Survey { as_of, waiting: found.into_values().collect() })
    }

    async fn page(
        &self,
        subscription: SubscriptionId,
        wanted: Wanted,
        limit: usize,
        _: Position,
    ) -> Result<Page, BacklogError> {
        let (as_of, jobs) = self.fold(0).await;
        let mut jobs: Vec<_> =
            jobs.into_iter().filter(|(key, _)| key.0 == subscription).map(|(_, job)| job).collect();
        match wanted {
            Wanted::First { after } => {
                jobs.retain(|job| job.is_first() && job.event_position > after);
                jobs.sort_by_key(|job| job.event_position);
            }
            Wanted::Retries { from } => {
                jobs.retain(|job| !job.is_first() && job.retry_key().is_some_and(|key| key >= from));
                jobs.sort_by_key(Job::retry_key);
            }
        }
        let more = jobs.len() > limit;
        jobs.truncate(limit);
        Ok(Page { as_of, jobs, more })
    }
}
