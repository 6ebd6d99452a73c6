//! The delivery engine of a node: with files the only one, with a database one of several, which lanes are given to.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use delivery::core::{Bounds, HealthPolicy};
use delivery::{Always, Backlog, Config, Engine, FileJournal, Lanes, Leave};
use domain::IdSource;
use egress::{Origin, UrlPolicy};
use ledger::Ledger;
use ledger::postgres::Leases;
use projections::Views;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use vault::Vault;

use crate::backing::Backing;
use crate::backlog::ViewBacklog;
use crate::config::Settings;
use crate::hold::Hold;
use crate::inbox_transport::InboxTransport;
use crate::lanes::Keeper;
use crate::store::Store;
use crate::system::{SystemClock, rng};

/// How long after a failed start it is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long an engine beside others waits for views before it starts without.
const VIEWS_PATIENCE: Duration = Duration::from_secs(10);

/// How an engine fares, while there is one.
pub(crate) type Health = watch::Sender<Option<watch::Receiver<delivery::Health>>>;

/// Everything that engines are made of.
pub(crate) struct EngineRoom {
    backing: Backing,
    views: Views,
    ledger: Arc<dyn Ledger>,
    backlog: Arc<dyn Backlog>,
    journal: Arc<FileJournal>,
    transport: InboxTransport,
    vault: Arc<Vault>,
    urls: UrlPolicy,
    origin: Origin,
    ids: Arc<dyn IdSource>,
    config: Config,
}

impl EngineRoom {
    pub(crate) fn new(settings: &Settings, store: &Store) -> Result<Self> {
        Ok(Self {
            backing: store.backing.clone(),
            views: store.views.clone(),
            ledger: store.backing.ledger_for_deliveries(),
            backlog: Arc::new(ViewBacklog(store.backing.views_for_deliveries(&store.views))),
            journal: Arc::new(journal(settings)?),
            transport: store.transport.clone(),
            vault: store.vault.clone(),
            urls: store.urls.clone(),
            origin: store.origin.clone(),
            ids: store.ids.clone(),
            config: config(settings),
        })
    }

    /// Delivers until `stop`. What is under way then is finished.
    pub(crate) async fn run(self, health: Health, stop: CancellationToken) {
        match self.backing.leases() {
            None => self.run_alone(&health, &stop).await,
            Some(leases) => self.run_beside_others(leases, &health, &stop).await,
        }
    }

    async fn run_alone(&self, health: &Health, stop: &CancellationToken) {
        let starting = async {
            self.views.made().await;
            loop {
                match self.try_to_start().await {
                    Ok(engine) => return engine,
                    Err(error) => rest_after(&error).await,
                }
            }
        };
        let Some(engine) = stop.run_until_cancelled(starting).await else { return };
        health.send_replace(Some(engine.health()));
        stop.cancelled().await;
        engine.stop().await;
    }

    async fn run_beside_others(&self, leases: Arc<Leases>, health: &Health, stop: &CancellationToken) {
        let hold = Arc::new(Hold::new());
        let starting = async {
            // Who asks right after the first start finds views; another version of them may take its time.
            let _ = tokio::time::timeout(VIEWS_PATIENCE, self.views.made()).await;
            loop {
                match self.try_to_start_beside_others(&hold).await {
                    Ok(started) => return started,
                    Err(error) => rest_after(&error).await,
                }
            }
        };
        let Some((engine, lanes)) = stop.run_until_cancelled(starting).await else { return };
        health.send_replace(Some(engine.health()));
        let keeper = Keeper::new(leases, self.backing.clone(), self.ledger.clone(), lanes, hold.clone());
        let ended = CancellationToken::new();
        let keeping = tokio::spawn(keeper.keep(stop.clone(), ended.clone()));
        stop.cancelled().await;
        // The lanes are held until everything that is under way has ended.
        engine.stop().await;
        ended.cancel();
        // It does not panic.
        let _ = keeping.await;
    }

    async fn try_to_start(&self) -> Result<Engine> {
        Ok(Engine::start(self.parts(Arc::new(Always))?, self.config).await?)
    }

    async fn try_to_start_beside_others(&self, hold: &Arc<Hold>) -> Result<(Engine, Lanes)> {
        self.backing.catch_up().await?;
        Ok(Engine::start_beside_others(self.parts(hold.clone())?, self.config).await?)
    }

    fn parts(&self, leave: Arc<dyn Leave>) -> Result<delivery::Parts> {
        Ok(delivery::Parts {
            ledger: self.ledger.clone(),
            backlog: self.backlog.clone(),
            journal: self.journal.clone(),
            leave,
            transport: Arc::new(self.transport.clone()),
            vault: self.vault.clone(),
            urls: self.urls.clone(),
            origin: self.origin.clone(),
            clock: Arc::new(SystemClock),
            ids: self.ids.clone(),
            rng: Box::new(rng()?),
        })
    }
}

/// Waits before an engine is started once more.
async fn rest_after(error: &anyhow::Error) {
    tracing::error!(error = &**error as &dyn std::error::Error, "the delivery engine could not start");
    tokio::time::sleep(PAUSE).await;
}

/// The journal of requests under way, which lies on this node.
fn journal(settings: &Settings) -> Result<FileJournal> {
    let path = settings.data.join("inflight");
    FileJournal::open(&path, bounds(settings).under_way_max())
        .with_context(|| format!("failed to open {}", path.display()))
}

/// How much engines take on at once.
pub(crate) fn bounds(settings: &Settings) -> Bounds {
    let in_flight_max = usize::try_from(settings.delivery.in_flight_max).unwrap_or(usize::MAX);
    Bounds { in_flight_max, ..Bounds::default() }
}

fn config(settings: &Settings) -> Config {
    let health = HealthPolicy {
        warn_after: Duration::from_hours(settings.delivery.warn_after_hours),
        disable_after: Duration::from_hours(settings.delivery.disable_after_hours),
        ..HealthPolicy::default()
    };
    Config { bounds: bounds(settings), health, drain: Duration::from_secs(settings.delivery.drain_seconds) }
}
