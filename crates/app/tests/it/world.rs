//! An app in a small world that repeats.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use app::api_keys::NewApiKey;
use app::deliveries::DeliveryIndex;
use app::playground::{Courier, CourierError, Letter, Order, Recalled, Then};
use app::publish::{Accepted, NewEvent, PublishOptions};
use app::subscriptions::{Created, NewSecret, NewSubscription};
use app::{App, Bounds, Parts, Request};
use domain::event::Source;
use domain::policy::{Limits, RetryPolicy};
use domain::{
    Actor, Caller, Clock, Description, EventType, Filter, IdSource, Labels, Name, RawJson, Scope, TenantId,
    Timestamp, TypePattern,
};
use egress::{AddressPolicy, UrlPolicy};
use ledger::memory::MemoryLedger;
use ledger::{Ledger, Record};
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;
use vault::{MasterKey, Vault};

use crate::endpoint::Endpoint;
use crate::ledgers::Blind;

/// A clock that stands still until it is moved.
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// How many things were drawn: worlds that share a ledger must not draw the same.
static DRAWN: AtomicU64 = AtomicU64::new(0);

/// Ids that count.
pub(crate) struct Counting;

impl IdSource for Counting {
    fn next(&self) -> Uuid {
        let count = DRAWN.fetch_add(1, Ordering::SeqCst);
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&count.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(1_790_000_000_000, &bytes).into_uuid()
    }
}

/// An app, what it stands on, and two tenants in it.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) ids: Arc<Counting>,
    /// Whoever is asked for consent.
    pub(crate) endpoint: Arc<Endpoint>,
    deliveries: Arc<dyn DeliveryIndex>,
    /// The tenant that most tests are about; `benchmark.completed` is registered.
    pub(crate) acme: TenantId,
    /// Somebody else; the same is registered.
    pub(crate) other: TenantId,
}

pub(crate) const TYPE: &str = "benchmark.completed";

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(Arc::new(MemoryLedger::default()), Bounds::default()).await
    }

    pub(crate) async fn bounded(bounds: Bounds) -> Self {
        Self::on(Arc::new(MemoryLedger::default()), bounds).await
    }

    pub(crate) async fn on(ledger: Arc<dyn Ledger>, bounds: Bounds) -> Self {
        Self::with(ledger, Arc::new(Blind), bounds).await
    }

    pub(crate) async fn with(
        ledger: Arc<dyn Ledger>,
        deliveries: Arc<dyn DeliveryIndex>,
        bounds: Bounds,
    ) -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let clock = Arc::new(HandClock(AtomicI64::new(1_790_000_000_000_000)));
        let vault = Arc::new(Vault::new(MasterKey::generate(&mut rng), [], StdRng::seed_from_u64(2)));
        let ids = Arc::new(Counting);
        let endpoint = Arc::new(Endpoint::default());
        let shared = (&ids, &endpoint);
        let app = App::open(parts(&ledger, &deliveries, &clock, &vault, shared, bounds)).await.unwrap();
        let nobody = TenantId::from_uuid(Uuid::nil());
        let operator = Request::operator(nobody);
        let acme = app.create_tenant(&operator, name("acme")).await.unwrap().id;
        let other = app.create_tenant(&operator, name("other")).await.unwrap().id;
        let world = Self { app, ledger, clock, vault, ids, endpoint, deliveries, acme, other };
        for tenant in [acme, other] {
            world.register(tenant, TYPE).await;
        }
        world
    }

    /// The same world after a restart.
    pub(crate) async fn reopened(&self) -> App {
        let bounds = self.app.bounds().clone();
        let shared = (&self.ids, &self.endpoint);
        App::open(parts(&self.ledger, &self.deliveries, &self.clock, &self.vault, shared, bounds))
            .await
            .unwrap()
    }

    /// Somebody of acme who may do everything there, but not operate the system.
    pub(crate) fn admin(&self) -> Request {
        admin_of(self.acme)
    }

    pub(crate) async fn register(&self, tenant: TenantId, event_type: &str) {
        self.app
            .register_event_type(&admin_of(tenant), kind(event_type), Description::default())
            .await
            .unwrap();
    }

    pub(crate) async fn publish(&self, event: NewEvent) -> Accepted {
        self.app.publish(&self.admin(), vec![event], PublishOptions::default()).await.unwrap().remove(0)
    }

    pub(crate) async fn subscribe(&self, tenant: TenantId) -> Created {
        self.app.create_subscription(&admin_of(tenant), subscription()).await.unwrap()
    }

    pub(crate) async fn key(&self, scopes: &[Scope]) -> String {
        let new = NewApiKey { tenant: None, name: name("ci"), scopes: scopes.to_vec(), expires_at: None };
        let issued = self.app.issue_api_key(&self.admin(), new).await.unwrap();
        issued.key.expose_secret().to_owned()
    }

    /// Everything that is recorded.
    pub(crate) async fn records(&self) -> Vec<Arc<Record>> {
        every_record(&*self.ledger).await
    }

    /// The last record.
    pub(crate) async fn last(&self) -> Arc<Record> {
        self.ledger.read_one(self.ledger.head()).await.unwrap().unwrap()
    }
}

/// A courier for tests that send nothing: whoever asks it is told so.
struct NobodyCalled;

#[async_trait::async_trait]
impl Courier for NobodyCalled {
    fn write(&self, _: &Order) -> Result<Letter, CourierError> {
        Err(CourierError::Unusable("nothing is sent here".into()))
    }

    fn recall(&self, _: &Order, _: &Then) -> Result<Recalled, CourierError> {
        Err(CourierError::Unusable("nothing was sent here".into()))
    }

    async fn carry(
        &self,
        _: &Order,
    ) -> Result<(domain::delivery::Attempt, Vec<domain::test_send::Step>), CourierError> {
        Err(CourierError::Unusable("nothing is sent here".into()))
    }
}

fn parts(
    ledger: &Arc<dyn Ledger>,
    deliveries: &Arc<dyn DeliveryIndex>,
    clock: &Arc<HandClock>,
    vault: &Arc<Vault>,
    (ids, transport): (&Arc<Counting>, &Arc<Endpoint>),
    bounds: Bounds,
) -> Parts {
    Parts {
        ledger: ledger.clone(),
        deliveries: deliveries.clone(),
        courier: Arc::new(NobodyCalled),
        vault: vault.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
        rng: Box::new(StdRng::seed_from_u64(1_000 + DRAWN.fetch_add(1, Ordering::SeqCst))),
        url_policy: UrlPolicy::https_only(AddressPolicy::public_only()),
        transport: transport.clone(),
        origin: egress::Origin::new("hooks.example.com").unwrap(),
        bounds,
    }
}

pub(crate) async fn every_record(ledger: &dyn Ledger) -> Vec<Arc<Record>> {
    let (mut all, mut after) = (Vec::new(), domain::Position::START);
    while after < ledger.head() {
        let page = ledger.read_all(after, 1_000, ledger::Filter::All).await.unwrap();
        after = page.upto;
        all.extend(page.records);
    }
    all
}

/// Somebody of `tenant` who may do everything there, but not operate the system.
pub(crate) fn admin_of(tenant: TenantId) -> Request {
    scoped(tenant, &[Scope::Publish, Scope::Manage, Scope::Read, Scope::Audit])
}

pub(crate) fn scoped(tenant: TenantId, scopes: &[Scope]) -> Request {
    let id = domain::ApiKeyId::from_uuid(Uuid::from_u128(7));
    Request::new(Caller { tenant, actor: Actor::ApiKey { id }, scopes: scopes.to_vec() })
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn note(text: &str) -> Description {
    Description::new(text).unwrap()
}

pub(crate) fn kind(text: &str) -> EventType {
    EventType::parse(text).unwrap()
}

pub(crate) fn json(text: &str) -> RawJson {
    RawJson::parse(text).unwrap()
}

pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// An event without a name of its own.
pub(crate) fn event(data: &str) -> NewEvent {
    NewEvent {
        event_type: kind(TYPE),
        version: 1,
        source: Source::new("/tests").unwrap(),
        time: None,
        key: None,
        data: json(data),
        metadata: None,
    }
}

/// An event that its publisher calls `key`.
pub(crate) fn keyed(key: &str, data: &str) -> NewEvent {
    NewEvent { key: Some(domain::event::EventKey::new(key).unwrap()), ..event(data) }
}

/// A wish for an active subscription to everything.
pub(crate) fn subscription() -> NewSubscription {
    NewSubscription {
        endpoint: "https://hooks.example.com/in".to_owned(),
        event_types: vec![TypePattern::All].try_into().unwrap(),
        filter: None,
        headers: vec![],
        format: domain::subscription::Format::default(),
        verify_endpoint: false,
        retry: RetryPolicy::default(),
        limits: Limits::default(),
        description: Description::default(),
        metadata: Labels::default(),
        secret: NewSecret::default(),
        active: true,
    }
}

pub(crate) fn filter(text: &str) -> Filter {
    Filter::parse(text).unwrap()
}

/// A wish for a key to read.
pub(crate) fn key_wish() -> NewApiKey {
    NewApiKey { tenant: None, name: name("ci"), scopes: vec![Scope::Read], expires_at: None }
}
