//! Putting a node together, and taking it apart in order.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use api::{ApiState, Front};
use app::App;
use axum::Router;
use delivery::core::{Bounds, HealthPolicy};
use delivery::{Config, Engine, FileJournal};
use domain::IdSource;
use egress::{AddressPolicy, Client, Limits, Origin, UrlPolicy};
use failpoints::Point;
use ledger::Ledger;
use ledger::sqlite::{Options, SqliteLedger};
use metrics_exporter_prometheus::PrometheusHandle;
use projections::{FileOptions, Runner, RunnerOptions, Views};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vault::Vault;

use crate::backlog::ViewBacklog;
use crate::config::Settings;
use crate::courier::NodeCourier;
use crate::gauges;
use crate::inbox_transport::InboxTransport;
use crate::probes::{DeliveryProbe, LedgerProbe};
use crate::system::{SystemClock, SystemIds, rng};

/// The ledger, the views and the use cases: what every command needs.
pub(crate) struct Store {
    pub(crate) ledger: Arc<SqliteLedger>,
    pub(crate) views: Views,
    pub(crate) app: App,
    pub(crate) vault: Arc<Vault>,
    ids: Arc<dyn IdSource>,
    urls: UrlPolicy,
    transport: InboxTransport,
    origin: Origin,
}

impl Store {
    /// Opens what is in the data folder, or makes it.
    pub(crate) async fn open(settings: &Settings, vault: Vault) -> Result<Self> {
        ledger::Upcasters::standard()
            .check()
            .context("this program cannot read every record that it may meet")?;
        let folder = settings.data.clone();
        let opened =
            tokio::task::spawn_blocking(move || SqliteLedger::open(&folder, Options::default())).await?;
        let ledger = Arc::new(opened.context("failed to open the ledger")?);
        let port: Arc<dyn Ledger> = ledger.clone();
        let views = Views::open(&settings.data, port.clone(), FileOptions::default())
            .await
            .context("failed to open the views")?;
        let (addresses, urls) = policies(settings);
        let vault = Arc::new(vault);
        let ids: Arc<dyn IdSource> = Arc::new(SystemIds::new()?);
        let origin = Origin::new(&settings.delivery.origin)?;
        let transport = InboxTransport::new(client(settings, &addresses, delivery_limits(settings))?);
        let courier = courier(settings, &addresses, &urls, &origin, &vault)?;
        let parts = app::Parts {
            ledger: port,
            deliveries: Arc::new(views.clone()),
            courier: Arc::new(courier.0),
            vault: vault.clone(),
            clock: Arc::new(SystemClock),
            ids: ids.clone(),
            rng: Box::new(rng()?),
            url_policy: urls.clone(),
            transport: Arc::new(transport.clone()),
            origin: origin.clone(),
            bounds: bounds(settings),
        };
        let app = App::open(parts).await.context("failed to read the ledger")?;
        transport.connect(app.clone());
        courier.1.connect(app.clone());
        Ok(Self { ledger, views, app, vault, ids, urls, transport, origin })
    }

    /// Closes the files in order.
    pub(crate) async fn close(self) {
        self.views.close().await;
        failpoints::reach(Point::StopViewsClosed);
        self.ledger.close().await;
    }
}

/// A running node.
pub(crate) struct Node {
    store: Store,
    front: Front,
    followers: Vec<JoinHandle<()>>,
    engine: JoinHandle<Option<Engine>>,
    /// Ends the followers; cancelled after the engine has stopped.
    closing: CancellationToken,
    failed: oneshot::Receiver<String>,
}

impl Node {
    /// Starts everything but the listeners. The engine starts on what the views have, and folds the rest itself.
    pub(crate) fn start(
        settings: &Settings,
        store: Store,
        metrics: PrometheusHandle,
        stopping: &CancellationToken,
    ) -> Result<Self> {
        let closing = CancellationToken::new();
        let (failed_tx, failed) = oneshot::channel();
        let mut followers = follow(&store, &closing, failed_tx);
        let (health_tx, health) = watch::channel(None);
        followers.push(tokio::spawn(gauges::watch_over(
            store.app.clone(),
            store.views.clone(),
            health.clone(),
            gauges::Marks {
                all: settings.limits.deliveries_waiting,
                tenant: settings.limits.deliveries_waiting_per_tenant,
            },
            closing.clone(),
        )));
        let engine = tokio::spawn(run_engine(
            engine_parts(settings, &store)?,
            engine_config(settings),
            health_tx,
            closing.clone(),
        ));
        let parts = api::Parts {
            app: store.app.clone(),
            views: store.views.clone(),
            ledger: store.ledger.clone(),
            clock: Arc::new(SystemClock),
            ids: store.ids.clone(),
            probes: vec![Arc::new(LedgerProbe(store.ledger.clone())), Arc::new(DeliveryProbe(health))],
            metrics: Some(Arc::new(move || metrics.render())),
            stopping: stopping.clone(),
            config: api_config(settings),
        };
        let console = if settings.console.served { console::router(rng()?) } else { Router::new() };
        let front = Front::new(ApiState::new(parts), console);
        Ok(Self { store, front, followers, engine, closing, failed })
    }

    /// What is served.
    pub(crate) fn front(&self) -> Front {
        self.front.clone()
    }

    /// The use cases.
    pub(crate) fn app(&self) -> &App {
        &self.store.app
    }

    /// Waits for something without which the node cannot go on to fail, and says what.
    pub(crate) async fn failed(&mut self) -> String {
        (&mut self.failed).await.unwrap_or_else(|_| "a part of the node ended unexpectedly".to_owned())
    }

    /// Stops delivering, then following, then closes the files.
    pub(crate) async fn stop(self) {
        // An engine that has not started has nothing under way.
        let engine = if self.engine.is_finished() { self.engine.await.ok().flatten() } else { None };
        if let Some(engine) = engine {
            engine.stop().await;
        }
        failpoints::reach(Point::StopDelivered);
        self.closing.cancel();
        for follower in self.followers {
            // A follower that panicked has said so.
            let _ = follower.await;
        }
        self.store.close().await;
    }
}

/// Keeps the views and the memory of the use cases up with the ledger.
fn follow(
    store: &Store,
    closing: &CancellationToken,
    failed: oneshot::Sender<String>,
) -> Vec<JoinHandle<()>> {
    let failed = Arc::new(std::sync::Mutex::new(Some(failed)));
    let report = move |what: String| {
        let failed = failed.lock().ok().and_then(|mut failed| failed.take());
        if let Some(failed) = failed {
            // Nobody waits any more while the node stops.
            let _ = failed.send(what);
        }
    };
    let runner = Runner::new(store.views.clone(), RunnerOptions::default()).run(closing.clone());
    let (app, stop, tell) = (store.app.clone(), closing.clone(), report.clone());
    let views = tokio::spawn(async move {
        if let Err(error) = runner.await {
            report(format!("the views cannot be kept up: {:#}", anyhow::Error::new(error)));
        }
    });
    let memory = tokio::spawn(async move {
        if let Err(error) = app.follow(stop).await {
            tell(format!("the ledger cannot be followed: {:#}", anyhow::Error::new(error)));
        }
    });
    let (app, stop) = (store.app.clone(), closing.clone());
    let actions = tokio::spawn(async move { app.run_bulk_actions(stop).await });
    vec![views, memory, actions]
}

/// Starts the engine once it can be, and hands it back to be stopped.
async fn run_engine(
    parts: delivery::Parts,
    config: Config,
    health: watch::Sender<Option<watch::Receiver<delivery::Health>>>,
    closing: CancellationToken,
) -> Option<Engine> {
    let started = tokio::select! {
        started = Engine::start(parts, config) => started,
        () = closing.cancelled() => return None,
    };
    match started {
        Ok(engine) => {
            health.send_replace(Some(engine.health()));
            Some(engine)
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the delivery engine could not start");
            None
        }
    }
}

/// The courier of test requests, and its way to the inboxes. It opens a connection for each request, so that every step
/// of it is seen.
fn courier(
    settings: &Settings,
    addresses: &AddressPolicy,
    urls: &UrlPolicy,
    origin: &Origin,
    vault: &Arc<Vault>,
) -> Result<(NodeCourier, InboxTransport)> {
    let limits = Limits { idle_per_host: 0, connections: 64, ..Limits::default() };
    let client = client(settings, addresses, limits)?;
    let transport = InboxTransport::new(client.clone());
    let tester = delivery::Tester {
        client,
        transport: Arc::new(transport.clone()),
        vault: vault.clone(),
        urls: urls.clone(),
        origin: origin.clone(),
        clock: Arc::new(SystemClock),
    };
    Ok((NodeCourier(tester), transport))
}

fn client(settings: &Settings, addresses: &AddressPolicy, limits: Limits) -> Result<Client> {
    let mut client = Client::builder().addresses(addresses.clone()).limits(limits);
    if let Some(file) = &settings.egress.extra_ca_file {
        let pem = std::fs::read(file).with_context(|| format!("failed to read {}", file.display()))?;
        client =
            client.trusting_pem(&pem).with_context(|| format!("{} holds no certificate", file.display()))?;
    }
    client.build().context("failed to make the HTTP client")
}

/// Many subscriptions may share a host: every connection that a request leaves behind is kept for the next one, or an event
/// for a thousand of them would open hundreds anew.
fn delivery_limits(settings: &Settings) -> Limits {
    let usual = Limits::default();
    let in_flight_max = engine_bounds(settings).in_flight_max;
    Limits { idle_per_host: in_flight_max.clamp(usual.idle_per_host, usual.connections), ..usual }
}

fn engine_parts(settings: &Settings, store: &Store) -> Result<delivery::Parts> {
    Ok(delivery::Parts {
        ledger: store.ledger.clone(),
        backlog: Arc::new(ViewBacklog(store.views.clone())),
        journal: Arc::new(journal(settings)?),
        transport: Arc::new(store.transport.clone()),
        vault: store.vault.clone(),
        urls: store.urls.clone(),
        origin: store.origin.clone(),
        clock: Arc::new(SystemClock),
        ids: store.ids.clone(),
        rng: Box::new(rng()?),
    })
}

/// The journal of requests under way, which lies beside the ledger.
fn journal(settings: &Settings) -> Result<FileJournal> {
    let path = settings.data.join("inflight");
    FileJournal::open(&path, engine_bounds(settings).under_way_max())
        .with_context(|| format!("failed to open {}", path.display()))
}

fn engine_bounds(settings: &Settings) -> Bounds {
    let in_flight_max = usize::try_from(settings.delivery.in_flight_max).unwrap_or(usize::MAX);
    Bounds { in_flight_max, ..Bounds::default() }
}

fn engine_config(settings: &Settings) -> Config {
    let health = HealthPolicy {
        warn_after: Duration::from_hours(settings.delivery.warn_after_hours),
        disable_after: Duration::from_hours(settings.delivery.disable_after_hours),
        ..HealthPolicy::default()
    };
    Config {
        bounds: engine_bounds(settings),
        health,
        drain: Duration::from_secs(settings.delivery.drain_seconds),
    }
}

fn api_config(settings: &Settings) -> api::Config {
    api::Config {
        requests_max: usize::try_from(settings.api.requests_max).unwrap_or(usize::MAX),
        metrics_open: settings.api.metrics_open,
        secure_cookies: settings.console.secure_cookies,
        ..api::Config::default()
    }
}

fn bounds(settings: &Settings) -> app::Bounds {
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    app::Bounds {
        event_data_bytes: size(settings.limits.event_data_bytes),
        events_per_publish: size(settings.limits.events_per_publish),
        subscriptions_per_tenant: size(settings.limits.subscriptions_per_tenant),
        ..app::Bounds::default()
    }
}

fn policies(settings: &Settings) -> (AddressPolicy, UrlPolicy) {
    let egress = &settings.egress;
    let mut addresses = AddressPolicy::public_only()
        .allowing(egress.allow.iter().copied())
        .denying(egress.deny.iter().copied());
    if egress.allow_loopback {
        addresses = addresses.allowing_loopback();
    }
    let mut urls = UrlPolicy::https_only(addresses.clone()).allowing_inboxes();
    if egress.allow_http {
        urls = urls.allowing_http();
    }
    (addresses, urls)
}
