//! Putting a node together, and taking it apart in order.

use std::sync::Arc;

use anyhow::Result;
use api::{ApiState, Front};
use app::App;
use axum::Router;
use failpoints::Point;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::delivery_threads::DeliveryThreads;
use crate::engine_room::EngineRoom;
use crate::probes::{DeliveryProbe, LedgerProbe};
use crate::store::Store;
use crate::system::{SystemClock, rng};
use crate::turns::{Turn, Turns};
use crate::{bulk, folding, gauges};

/// A running node.
pub(crate) struct Node {
    store: Store,
    front: Front,
    engine: JoinHandle<()>,
    /// Where it runs.
    threads: DeliveryThreads,
    /// Ends the engine.
    ending: CancellationToken,
    followers: Vec<JoinHandle<()>>,
    /// Ends the followers; cancelled after the engine has stopped.
    closing: CancellationToken,
    turns: Turns,
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
        let (ending, closing) = (CancellationToken::new(), CancellationToken::new());
        let (failed_tx, failed) = oneshot::channel();
        let turns = Turns::of(store.backing.leases());
        let mut followers = follow(&store, turns.views.clone(), &closing, failed_tx);
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
        let room = EngineRoom::new(settings, &store)?;
        let threads = DeliveryThreads::start()?;
        let engine = threads.run(room.run(health_tx, ending.clone()));
        let (app, views) = (store.app.clone(), store.views.clone());
        followers.push(tokio::spawn(bulk::work_off(app, views, turns.views.clone(), ending.clone())));
        let delivering = DeliveryProbe { health };
        let parts = api::Parts {
            app: store.app.clone(),
            views: store.views.clone(),
            ledger: store.backing.ledger(),
            clock: Arc::new(SystemClock),
            ids: store.ids.clone(),
            probes: vec![Arc::new(LedgerProbe(store.backing.clone())), Arc::new(delivering)],
            metrics: Some(Arc::new(move || metrics.render())),
            stopping: stopping.clone(),
            config: api_config(settings),
        };
        let console = if settings.console.served { console::router(rng()?) } else { Router::new() };
        let front = Front::new(ApiState::new(parts), console);
        Ok(Self { store, front, engine, threads, ending, followers, closing, turns, failed })
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
        self.ending.cancel();
        // One that panicked has said so.
        let _ = self.engine.await;
        failpoints::reach(Point::StopDelivered);
        self.closing.cancel();
        for follower in self.followers {
            // A follower that panicked has said so.
            let _ = follower.await;
        }
        // Only now may another node go on.
        self.turns.give_back().await;
        self.store.close().await;
        // Last: connections to the database that were opened there have been used until now.
        drop(self.threads);
    }
}

/// Keeps the views and the memory of the use cases up with the ledger.
fn follow(
    store: &Store,
    turn: Turn,
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
    let folding = folding::keep_up(store.views.clone(), turn, closing.clone());
    let (app, stop, tell) = (store.app.clone(), closing.clone(), report.clone());
    let views = tokio::spawn(async move {
        if let Err(error) = folding.await {
            report(format!("the views cannot be kept up: {:#}", anyhow::Error::new(error)));
        }
    });
    let memory = tokio::spawn(async move {
        if let Err(error) = app.follow(stop).await {
            tell(format!("the ledger cannot be followed: {:#}", anyhow::Error::new(error)));
        }
    });
    vec![views, memory]
}

fn api_config(settings: &Settings) -> api::Config {
    api::Config {
        requests_max: usize::try_from(settings.api.requests_max).unwrap_or(usize::MAX),
        metrics_open: settings.api.metrics_open,
        secure_cookies: settings.console.secure_cookies,
        ..api::Config::default()
    }
}
