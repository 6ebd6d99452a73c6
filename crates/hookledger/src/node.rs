//! Putting a node together, and taking it apart in order.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use api::{ApiState, Front};
use app::App;
use axum::Router;
use delivery::core::{Bounds, HealthPolicy};
use delivery::{Config, Engine, FileJournal};
use failpoints::Point;
use metrics_exporter_prometheus::PrometheusHandle;
use projections::{Runner, RunnerOptions};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::backlog::ViewBacklog;
use crate::config::Settings;
use crate::gauges;
use crate::probes::{DeliveryProbe, LedgerProbe};
use crate::store::Store;
use crate::system::{SystemClock, rng};

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
            ledger: store.backing.ledger(),
            clock: Arc::new(SystemClock),
            ids: store.ids.clone(),
            probes: vec![Arc::new(LedgerProbe(store.backing.clone())), Arc::new(DeliveryProbe(health))],
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

fn engine_parts(settings: &Settings, store: &Store) -> Result<delivery::Parts> {
    Ok(delivery::Parts {
        ledger: store.backing.ledger_for_deliveries(),
        backlog: Arc::new(ViewBacklog(store.backing.views_for_deliveries(&store.views))),
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

pub(crate) fn engine_bounds(settings: &Settings) -> Bounds {
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
