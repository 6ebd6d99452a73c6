//! Histories as Hookledger would record them, drawn from a seed: every decision is the domain's own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::bulk_action::{Kind, Order, Progress, SelectedState, Selection};
use domain::delivery::{Answer, Attempt, AttemptMade, CancelReason, Delivery, Origin, Phases, Trigger};
use domain::event::{EventKey, Published};
use domain::policy::RetryPolicy;
use domain::routing::Router;
use domain::subscription::{Change, DisableReason, Overlap, PauseReason, Subscription};
use domain::testing::{created, published, secret};
use domain::{
    Actor, ApiKeyId, BulkActionId, Decider, DeliveryId, Description, EndpointUrl, EventId, EventTypeId, Fact,
    Metadata, Name, RecordId, Scope, Sequence, StreamId, SubscriptionId, TenantId, Timestamp, Versioned,
    bulk_action, delivery, event_type, subscription,
};
use ledger::memory::MemoryLedger;
use ledger::{Batch, Ledger, NewRecord};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

const TYPES: [&str; 5] =
    ["benchmark.started", "benchmark.completed", "benchmark.run.failed", "test.passed", "user.invited"];
const PATTERNS: [&[&str]; 5] =
    [&["*"], &["benchmark.*"], &["benchmark.completed", "test.*"], &["benchmark.run.*"], &["user.invited"]];
const SOURCES: [&str; 3] = ["/clusters/eu-1", "/clusters/us-2", "/ci"];

/// One of a few tenants.
pub(crate) fn tenant(n: u64) -> TenantId {
    TenantId::from_uuid(uuid(0x7e, n))
}

/// The nth subscription.
pub(crate) fn subscription_id(n: u64) -> SubscriptionId {
    SubscriptionId::from_uuid(uuid(0x5b, n))
}

/// The nth event.
pub(crate) fn event_id(n: u64) -> EventId {
    EventId::from_uuid(uuid(0xe7, n))
}

/// Ids that order by `n`.
fn uuid(kind: u128, n: u64) -> Uuid {
    Uuid::from_u128(u128::from(n) << 64 | kind)
}

/// A history in the making.
pub(crate) struct History {
    rng: StdRng,
    now: Timestamp,
    ids: u64,
    ledger: Arc<dyn Ledger>,
    router: Router,
    versions: BTreeMap<StreamId, Sequence>,
    subscriptions: BTreeMap<SubscriptionId, (TenantId, Versioned<Subscription>)>,
    deliveries: BTreeMap<DeliveryId, Known>,
}

/// A delivery that exists, whether anything is recorded of it or not.
struct Known {
    tenant: TenantId,
    origin: Origin,
    at: Timestamp,
    state: Delivery,
}

impl History {
    /// The one that follows from `seed`.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self::over(Arc::<MemoryLedger>::default(), seed)
    }

    /// The same, recorded in an empty ledger.
    pub(crate) fn over(ledger: Arc<dyn Ledger>, seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            now: Timestamp::from_seconds(1_790_000_000),
            ids: 0,
            ledger,
            router: Router::default(),
            versions: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            deliveries: BTreeMap::new(),
        }
    }

    /// Where it is recorded.
    pub(crate) fn ledger(&self) -> Arc<dyn Ledger> {
        self.ledger.clone()
    }

    /// The event of a delivery.
    pub(crate) fn event_of(&self, delivery: DeliveryId) -> EventId {
        self.deliveries[&delivery].origin.event
    }

    /// Lets nothing happen for this long.
    pub(crate) fn pass(&mut self, duration: Duration) -> &mut Self {
        self.now = self.now.after(duration);
        self
    }

    /// Sets the clock to another time, and says what it was.
    pub(crate) fn set_clock(&mut self, now: Timestamp) -> Timestamp {
        std::mem::replace(&mut self.now, now)
    }

    /// Lets `steps` more things happen.
    pub(crate) async fn live(&mut self, steps: usize) -> &mut Self {
        for _ in 0..steps {
            self.step().await;
        }
        self
    }

    /// Lets an event of this type happen and be delivered at the first attempt.
    pub(crate) async fn deliver(&mut self, tenant: TenantId, event_type: &str) -> Vec<DeliveryId> {
        let born = self.publish(tenant, event_type).await;
        for id in &born {
            self.attempt(*id, status(200)).await;
        }
        born
    }

    /// Lets a subscription come to be.
    pub(crate) async fn subscribe(&mut self, tenant: TenantId, types: &[&str]) -> SubscriptionId {
        self.ids += 1;
        let id = subscription_id(self.ids);
        let subscription::Event::Created { mut settings, secret, active } = created(types, None) else {
            unreachable!()
        };
        settings.endpoint = EndpointUrl::parse(&format!("https://hooks-{}.example/in", self.ids)).unwrap();
        settings.description = Description::new(&format!("Endpoint number {}", self.ids)).unwrap();
        self.subscriptions.insert(id, (tenant, Versioned::default()));
        self.change(id, subscription::Command::Create { settings, secret, active }).await;
        id
    }

    /// Lets something be asked of a subscription; refusals are left at that.
    pub(crate) async fn change(&mut self, id: SubscriptionId, command: subscription::Command) {
        let (tenant, subscription) = self.subscriptions.get_mut(&id).expect("a subscription of this history");
        let Ok(events) = subscription.state.decide(command) else { return };
        let tenant = *tenant;
        for event in &events {
            subscription.apply(event);
            self.router.apply(tenant, id, event);
        }
        self.append(tenant, id.into(), events.into_iter().map(Fact::from)).await;
    }

    /// Lets an event be published; names the deliveries that it leads to.
    pub(crate) async fn publish(&mut self, tenant: TenantId, event_type: &str) -> Vec<DeliveryId> {
        self.ids += 1;
        let id = event_id(self.ids);
        let event = self.event(event_type);
        let (at, event_type) = (event.accepted_at, event.event_type.clone());
        let routed = self.router.route(tenant, &event);
        self.append(tenant, id.into(), [domain::event::Event::Published(Box::new(event)).into()]).await;
        let position = self.ledger.head();
        let mut born = Vec::new();
        for subscription in routed {
            let event_type = event_type.clone();
            let origin = Origin { event: id, event_position: position, event_type, subscription };
            let delivery = DeliveryId::of(id, at, subscription);
            self.deliveries.insert(delivery, Known { tenant, origin, at, state: Delivery::Unborn });
            born.push(delivery);
        }
        born
    }

    /// Lets a request be made for a delivery.
    pub(crate) async fn attempt(&mut self, id: DeliveryId, answer: Answer) {
        let known = &self.deliveries[&id];
        let policy = self.router.get(known.origin.subscription).and_then(|entry| entry.live());
        let policy = policy.map(|live| live.settings.retry.clone());
        let attempt = Arc::new(Attempt {
            number: 1,
            trigger: Trigger::Schedule,
            started_at: self.now,
            phases: Phases { total_us: self.ids * 7_919 % 90_000, ..Phases::default() },
            subscription_version: Sequence(1),
            address: None,
            body_sha256: String::new(),
            answer,
        });
        let made = AttemptMade { attempt, at: self.now, chance: 0, not_before: None };
        self.decide(id, delivery::Command::RecordAttempt { made, policy }).await;
    }

    /// Lets somebody ask for another attempt.
    pub(crate) async fn retry(&mut self, id: DeliveryId) {
        let at = self.now;
        self.decide(id, delivery::Command::Retry { at }).await;
    }

    /// Lets somebody ask for no more attempts.
    pub(crate) async fn cancel(&mut self, id: DeliveryId) {
        let reason = CancelReason::Requested { note: Description::default() };
        self.decide(id, delivery::Command::Cancel { reason }).await;
    }

    /// Lets something be recorded that nobody can read.
    pub(crate) async fn babble(&mut self, tenant: TenantId) {
        let (record_type, payload) = match self.rng.random_range(0..3) {
            0 => ("delivery.teleported", "{}"),
            1 => ("event.published", r#"{"published":7}"#),
            _ => ("subscription.paused", r#""nonsense""#),
        };
        self.ids += 1;
        let kind = domain::StreamKind::Event;
        let stream = StreamId { kind, uuid: uuid(0xba, self.ids) };
        let record = (record_type.into(), 1);
        let id = RecordId::from_uuid(uuid(0xec, self.ids));
        let record = NewRecord::raw(id, stream, Sequence(1), record, payload, &self.origin(tenant));
        self.record(vec![record]).await;
    }

    async fn decide(&mut self, id: DeliveryId, command: delivery::Command) {
        let known = self.deliveries.get_mut(&id).expect("a delivery of this history");
        let begins = known.state == Delivery::Unborn;
        let state = if begins {
            known
                .state
                .clone()
                .evolve(&delivery::Event::Scheduled { origin: known.origin.clone(), at: known.at })
        } else {
            known.state.clone()
        };
        let Ok(mut events) = state.decide(command) else { return };
        if begins {
            events = first(known, events, self.ids);
        }
        known.state = events.iter().fold(known.state.clone(), Delivery::evolve);
        let tenant = known.tenant;
        self.append(tenant, id.into(), events.into_iter().map(Fact::from)).await;
    }

    async fn step(&mut self) {
        let millis = self.rng.random_range(0..40_u64);
        // Now and then nothing happens for a minute and a half.
        let pause = if millis == 39 { 90_000 } else { millis / 10 };
        self.now = self.now.after(Duration::from_millis(pause));
        let tenant = tenant(self.rng.random_range(0..2));
        match self.rng.random_range(0..100) {
            0..35 => {
                let event_type = TYPES[self.rng.random_range(0..TYPES.len())];
                self.publish(tenant, event_type).await;
            }
            35..78 => self.some_attempt().await,
            78..82 => self.with_some_delivery(Self::retry).await,
            82..84 => self.with_some_delivery(Self::cancel).await,
            84..87 => {
                let types = PATTERNS[self.rng.random_range(0..PATTERNS.len())];
                self.subscribe(tenant, types).await;
            }
            87..96 => self.some_change().await,
            96 => self.some_key(tenant).await,
            97 => self.some_type(tenant).await,
            98 => self.some_tenant(tenant).await,
            _ if self.ids.is_multiple_of(2) => self.some_action(tenant).await,
            _ => self.babble(tenant).await,
        }
    }

    async fn with_some_delivery(&mut self, act: impl AsyncFnOnce(&mut Self, DeliveryId)) {
        let count = self.deliveries.len();
        if count > 0 {
            // The late ones more often: they are those that still wait.
            let place = self.rng.random_range(0..count).max(self.rng.random_range(0..count));
            let id = *self.deliveries.keys().nth(place).expect("within the count");
            act(self, id).await;
        }
    }

    async fn some_attempt(&mut self) {
        let answer = match self.rng.random_range(0..10) {
            0..5 => status(200),
            5 => status(500),
            6 => status(404),
            7 => status(410),
            _ => Answer::Failure { class: "connect_refused".into(), message: "refused".into() },
        };
        self.with_some_delivery(async move |history, id| history.attempt(id, answer).await).await;
    }

    async fn some_change(&mut self) {
        let count = self.subscriptions.len();
        if count == 0 {
            return;
        }
        let id = *self.subscriptions.keys().nth(self.rng.random_range(0..count)).expect("within the count");
        let note = Description::new("as you wish").unwrap();
        let command = match self.rng.random_range(0..12) {
            0 => subscription::Command::Pause { reason: PauseReason::Requested { note } },
            1 | 2 => subscription::Command::Resume,
            3 => subscription::Command::Disable { reason: DisableReason::Requested { note } },
            4..7 => subscription::Command::Activate,
            7 => subscription::Command::Delete,
            8 => {
                self.ids += 1;
                let secret = secret(self.ids.into());
                subscription::Command::RotateSecret {
                    secret,
                    overlap: Overlap::from_seconds(60).unwrap(),
                    at: self.now,
                }
            }
            9 => {
                let types = PATTERNS[self.rng.random_range(0..PATTERNS.len())];
                let types: Vec<_> =
                    types.iter().map(|text| domain::TypePattern::parse(text).unwrap()).collect();
                let change = Change::EventTypes(types.try_into().unwrap());
                subscription::Command::Update { changes: vec![change, Change::Description(note)] }
            }
            10 => {
                let fields = domain::policy::RetryPolicyFields {
                    attempts_max: 2,
                    final_statuses: vec![404],
                    ..Default::default()
                };
                let change = Change::Retry(RetryPolicy::new(fields).unwrap());
                subscription::Command::Update { changes: vec![change] }
            }
            _ => {
                let filter = domain::Filter::parse(r#"{"path":"data.n","lt":50}"#).unwrap();
                subscription::Command::Update { changes: vec![Change::Filter(Some(filter))] }
            }
        };
        self.change(id, command).await;
    }

    async fn some_key(&mut self, tenant: TenantId) {
        self.ids += 1;
        let id = ApiKeyId::from_uuid(uuid(0xa9, self.ids));
        let issue = domain::api_key::Issue {
            name: Name::new("ci").unwrap(),
            prefix: "hk_ab12".into(),
            hash: "00".repeat(32),
            scopes: vec![Scope::Publish, Scope::Read],
            expires_at: Some(self.now.after(Duration::from_hours(1))),
        };
        let mut events = vec![Fact::from(domain::api_key::Event::Issued(issue))];
        if self.rng.random_bool(0.5) {
            events.push(domain::api_key::Event::Revoked.into());
        }
        self.append(tenant, id.into(), events).await;
    }

    async fn some_action(&mut self, tenant: TenantId) {
        self.ids += 1;
        let id = BulkActionId::from_uuid(uuid(0xac, self.ids));
        let selection = Selection { states: vec![SelectedState::DeadLettered], ..Selection::default() };
        let note = Description::default();
        let order = Box::new(Order { kind: Kind::Retry, selection, note, matched: 7, limit: 100 });
        let progress = Progress { looked_at: 3, changed: 2, skipped: 1, ..Progress::default() };
        let end = match self.ids % 3 {
            0 => bulk_action::Event::Advanced { progress },
            1 => bulk_action::Event::Completed { progress },
            _ => bulk_action::Event::Cancelled { note: Description::default() },
        };
        self.append(tenant, id.into(), [bulk_action::Event::Started { order }.into(), end.into()]).await;
    }

    async fn some_type(&mut self, tenant: TenantId) {
        let name = TYPES[self.rng.random_range(0..TYPES.len())];
        let stream = StreamId::from(EventTypeId::of(tenant, name));
        let name = domain::EventType::parse(name).unwrap();
        let description = Description::new("what happened").unwrap();
        let event = match self.versions.get(&stream).map_or(0, |version| version.0) {
            0 => event_type::Event::Registered { name, description, origin: event_type::Origin::Tenant },
            n if n % 3 == 1 => event_type::Event::Archived { note: description },
            n if n % 3 == 2 => event_type::Event::Restored,
            _ => event_type::Event::Described { description },
        };
        self.append(tenant, stream, [event.into()]).await;
    }

    async fn some_tenant(&mut self, tenant: TenantId) {
        let name = Name::new("acme").unwrap();
        let event = match self.versions.get(&tenant.into()).map_or(0, |version| version.0) {
            0 => domain::tenant::Event::Created { name },
            n if n % 2 == 1 => domain::tenant::Event::Suspended { note: Description::default() },
            _ => domain::tenant::Event::Reinstated,
        };
        self.append(tenant, tenant.into(), [event.into()]).await;
    }

    fn event(&mut self, event_type: &str) -> Published {
        let mut event = *published(event_type, &format!(r#"{{"n":{}}}"#, self.rng.random_range(0..100)));
        event.accepted_at = self.now;
        event.time = self.now;
        event.source = domain::event::Source::new(SOURCES[self.rng.random_range(0..SOURCES.len())]).unwrap();
        event.key = self.rng.random_bool(0.3).then(|| EventKey::new(&format!("k{}", self.ids)).unwrap());
        event
    }

    fn origin(&self, tenant: TenantId) -> ledger::Origin {
        ledger::Origin::new(tenant, &Metadata::by(Actor::System), self.now)
    }

    async fn append(&mut self, tenant: TenantId, stream: StreamId, facts: impl IntoIterator<Item = Fact>) {
        let origin = self.origin(tenant);
        let mut records = Vec::new();
        for fact in facts {
            let version = self.versions.entry(stream).or_default();
            *version = version.next();
            self.ids += 1;
            let id = RecordId::from_uuid(uuid(0xec, self.ids));
            records.push(NewRecord::of(id, stream, *version, fact, &origin));
        }
        self.record(records).await;
    }

    async fn record(&self, records: Vec<NewRecord>) {
        if !records.is_empty() {
            let batch = Batch::new(records).expect("few records, in sequence");
            self.ledger().append_one(batch).await.unwrap().expect("nobody else appends");
        }
    }
}

/// A response with this status.
fn status(status: u16) -> Answer {
    Answer::Response { status, headers: vec![], body: String::new(), truncated: false }
}

/// The first records of a delivery: as they are written now, and for every third as they were once.
fn first(known: &Known, outcome: Vec<delivery::Event>, ids: u64) -> Vec<delivery::Event> {
    let (origin, at) = (known.origin.clone(), known.at);
    if ids.is_multiple_of(3) {
        [vec![delivery::Event::Scheduled { origin, at }], outcome].concat()
    } else {
        delivery::Event::first(origin, at, outcome)
    }
}
