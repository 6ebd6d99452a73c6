//! The service: a ledger in memory, views in a folder that goes away, and everything of the API over them.

use std::sync::Arc;
use std::time::Duration;

use app::api_keys::NewApiKey;
use app::bootstrap::DEFAULT_TENANT;
use app::playground::{Courier, CourierError, Letter, Order, Recalled, Then};
use app::{App, Bounds, Request as Call};
use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use domain::delivery::Attempt;
use domain::test_send::Step;
use domain::{Clock, Name, Position, Scope, TenantId};
use egress::{AddressPolicy, UrlPolicy};
use hookledger_api::{ApiState, Config, Front, Parts};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use ledger::Ledger;
use ledger::memory::MemoryLedger;
use projections::{FileOptions, Runner, RunnerOptions, Views};
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;
use vault::{MasterKey, Vault};

use super::chance::{Counter, HandClock};

/// How long a test waits for the views before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A courier that refuses everything: sending is shown on the real server.
struct NobodyCalled;

#[async_trait]
impl Courier for NobodyCalled {
    fn write(&self, order: &Order) -> Result<Letter, CourierError> {
        let body = order.content.data.as_str().as_bytes().to_vec();
        let url = order.live.settings.endpoint.as_str().to_owned();
        Ok(Letter { url, headers: Vec::new(), body, body_sha256: String::new() })
    }

    fn recall(&self, _: &Order, _: &Then) -> Result<Recalled, CourierError> {
        Err(CourierError::Unusable("nobody carried anything here".into()))
    }

    async fn carry(&self, _: &Order) -> Result<(Attempt, Vec<Step>), CourierError> {
        Err(CourierError::Unusable("nobody carries anything here".into()))
    }
}

/// A service under test.
pub(crate) struct Server {
    pub(crate) front: Front,
    pub(crate) app: App,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) views: Views,
    pub(crate) clock: Arc<HandClock>,
    /// A key with every scope, of the default tenant.
    pub(crate) admin: String,
    pub(crate) stop: CancellationToken,
    _stop: DropGuard,
    _folder: TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("answers are UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header is text"))
    }
}

/// The service as it comes.
pub(crate) async fn app() -> Server {
    app_with(Config::default(), Bounds::default()).await
}

/// The service with other limits.
pub(crate) async fn app_with(config: Config, bounds: Bounds) -> Server {
    let folder = tempfile::tempdir().expect("a folder for the views");
    let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::default());
    let views = Views::open(folder.path(), ledger.clone(), FileOptions::default()).await.expect("views open");
    let (clock, ids) = (Arc::new(HandClock::new()), Arc::new(Counter::new()));
    let mut rng = StdRng::seed_from_u64(7);
    let vault = Vault::new(MasterKey::generate(&mut rng), [], StdRng::seed_from_u64(8));
    let parts = app::Parts {
        ledger: ledger.clone(),
        deliveries: Arc::new(views.clone()),
        courier: Arc::new(NobodyCalled),
        vault: Arc::new(vault),
        clock: clock.clone(),
        ids: ids.clone(),
        rng: Box::new(rng),
        url_policy: UrlPolicy::https_only(AddressPolicy::public_only()).allowing_inboxes(),
        transport: Arc::new(egress::Client::builder().build().expect("an HTTP client")),
        origin: egress::Origin::new("hooks.example.com").expect("a DNS name"),
        bounds,
    };
    let app = App::open(parts).await.expect("an app over an empty ledger");
    let admin = app.bootstrap().await.expect("a first key").expect("the first one");
    let stop = CancellationToken::new();
    tokio::spawn(Runner::new(views.clone(), RunnerOptions::default()).run(stop.clone()));
    let (actions, stopped) = (app.clone(), stop.clone());
    tokio::spawn(async move { actions.run_bulk_actions(stopped).await });
    let state = ApiState::new(Parts {
        app: app.clone(),
        views: views.clone(),
        ledger: ledger.clone(),
        clock: clock.clone(),
        ids,
        probes: Vec::new(),
        metrics: Some(Arc::new(|| "hookledger_up 1\n".to_owned())),
        stopping: stop.clone(),
        config,
    });
    Server {
        front: Front::new(state, axum::Router::new()),
        app,
        ledger,
        views,
        clock,
        admin: admin.key.expose_secret().to_owned(),
        _stop: stop.clone().drop_guard(),
        stop,
        _folder: folder,
    }
}

impl Server {
    /// Sends a request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.front.clone().oneshot(request).await.expect("the API never fails");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("an answer is complete").to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Gets a path without credentials.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts JSON to a path, as whoever holds `key`.
    pub(crate) async fn post(&self, path: &str, key: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.header("authorization", format!("Bearer {key}")).body(body.into()).unwrap()).await
    }

    /// Publishes what is in `body`, as the admin.
    pub(crate) async fn publish(&self, body: impl Into<Body>) -> Answer {
        self.post("/v1/events", &self.admin, body).await
    }

    /// Asks a GraphQL question, as whoever holds `key`; the whole response.
    pub(crate) async fn ask_as(&self, key: &str, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        self.post("/graphql", key, body).await.json()
    }

    /// Asks a GraphQL question, as the admin; the whole response.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        self.ask_as(&self.admin, query, variables).await
    }

    /// Asks a GraphQL question that must be answered without errors; its data.
    #[track_caller]
    pub(crate) fn data(&self, query: &str, variables: Value) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let mut response = self.ask(query, variables).await;
            assert!(response.get("errors").is_none(), "at {caller}: {response:#}");
            response["data"].take()
        }
    }

    /// Registers event types.
    pub(crate) async fn register(&self, names: &[&str]) {
        for name in names {
            let mutation =
                "mutation($input: RegisterEventTypeInput!) { registerEventType(input: $input) { ok } }";
            let data = self.data(mutation, json!({ "input": { "name": name } })).await;
            assert_eq!(data["registerEventType"]["ok"], true);
        }
    }

    /// Makes a subscription to `https://example.com/hooks` for these types; its id.
    pub(crate) async fn subscribe(&self, event_types: &[&str]) -> String {
        let mutation = "mutation($input: CreateSubscriptionInput!) { createSubscription(input: $input) { ok subscription { id } refusals { code message } } }";
        let input = json!({ "endpoint": "https://example.com/hooks", "eventTypes": event_types });
        let data = self.data(mutation, json!({ "input": input })).await;
        data["createSubscription"]["subscription"]["id"].as_str().expect("a subscription").to_owned()
    }

    /// Publishes one event of a registered type; its id.
    pub(crate) async fn event(&self, event_type: &str, data: &str) -> String {
        let answer = self.publish(format!(r#"{{"type":"{event_type}","data":{data}}}"#)).await;
        answer.json()["events"][0]["id"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
    }

    /// A new key of the default tenant.
    pub(crate) async fn key(&self, scopes: &[Scope]) -> String {
        self.key_of(DEFAULT_TENANT, scopes).await
    }

    /// A new key of some tenant.
    pub(crate) async fn key_of(&self, tenant: TenantId, scopes: &[Scope]) -> String {
        let name = Name::new("a test's key").unwrap();
        let new = NewApiKey { tenant: None, name, scopes: scopes.to_vec(), expires_at: None };
        let issued = self.app.issue_api_key(&Call::operator(tenant), new).await.expect("a key");
        issued.key.expose_secret().to_owned()
    }

    /// Another tenant, and a key of it with every scope but `operate`.
    pub(crate) async fn other_tenant(&self) -> (TenantId, String) {
        let operator = Call::operator(DEFAULT_TENANT);
        let created = self.app.create_tenant(&operator, Name::new("other").unwrap()).await.expect("a tenant");
        let scopes = [Scope::Publish, Scope::Manage, Scope::Read, Scope::Audit];
        (created.id, self.key_of(created.id, &scopes).await)
    }

    /// Where the ledger ends: unchanged if nothing was stored.
    pub(crate) fn head(&self) -> Position {
        self.ledger.head()
    }

    /// Waits until the views show everything that is recorded.
    pub(crate) async fn settle(&self) {
        self.views.wait_for(self.head(), Instant::now() + PATIENCE).await.expect("the views keep up");
    }

    pub(crate) fn now(&self) -> domain::Timestamp {
        self.clock.now()
    }
}
