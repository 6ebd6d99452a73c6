//! The delivery engine: started whenever it is this node's turn, and stopped when it is another's.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use app::App;
use delivery::core::{Bounds, HealthPolicy};
use delivery::{Backlog, Config, Engine, FileJournal};
use domain::IdSource;
use egress::{Origin, UrlPolicy};
use ledger::Ledger;
use projections::Views;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use vault::Vault;

use crate::backing::Backing;
use crate::backlog::ViewBacklog;
use crate::config::Settings;
use crate::inbox_transport::InboxTransport;
use crate::store::Store;
use crate::system::{SystemClock, rng};
use crate::turns::Turn;

/// How long after a failed start it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

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
    app: App,
    config: Config,
    turn: Turn,
}

impl EngineRoom {
    pub(crate) fn new(settings: &Settings, store: &Store, turn: Turn) -> Result<Self> {
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
            app: store.app.clone(),
            config: config(settings),
            turn,
        })
    }

    /// Delivers, and works off bulk actions, whenever it is this node's turn; until `stop`. What is under way then is
    /// finished.
    pub(crate) async fn run(self, health: Health, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let epoch = tokio::select! {
                epoch = self.turn.ours() => epoch,
                () = stop.cancelled() => return,
            };
            let engine = tokio::select! {
                engine = self.start() => engine,
                () = self.turn.over(epoch) => continue,
                () = stop.cancelled() => return,
            };
            health.send_replace(Some(engine.health()));
            tokio::select! {
                // It goes on for as long as the process, and ends where it is dropped.
                () = self.app.run_bulk_actions(stop.clone()) => {}
                () = self.turn.over(epoch) => {}
                () = stop.cancelled() => {}
            }
            engine.stop().await;
            if !stop.is_cancelled() {
                health.send_replace(None);
            }
        }
    }

    /// An engine that starts behind everything that was recorded before it was this node's turn.
    async fn start(&self) -> Engine {
        loop {
            match self.try_to_start().await {
                Ok(engine) => return engine,
                Err(error) => {
                    tracing::error!(
                        error = &*error as &dyn std::error::Error,
                        "the delivery engine could not start"
                    );
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn try_to_start(&self) -> Result<Engine> {
        self.views.made().await;
        self.backing.catch_up().await?;
        let parts = delivery::Parts {
            ledger: self.ledger.clone(),
            backlog: self.backlog.clone(),
            journal: self.journal.clone(),
            leave: Arc::new(self.turn.clone()),
            transport: Arc::new(self.transport.clone()),
            vault: self.vault.clone(),
            urls: self.urls.clone(),
            origin: self.origin.clone(),
            clock: Arc::new(SystemClock),
            ids: self.ids.clone(),
            rng: Box::new(rng()?),
        };
        Ok(Engine::start(parts, self.config).await?)
    }
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
