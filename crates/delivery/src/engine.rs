//! A running engine: what it is made of, how it starts and stops.

use std::sync::Arc;
use std::time::Duration;

use domain::routing::Router;
use domain::{Clock, Fact, IdSource, Position, SubscriptionId};
use egress::{Origin, Transport, UrlPolicy};
use ledger::{Filter, Kinds, Ledger, LedgerError};
use rand::Rng;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vault::Vault;

use crate::backlog::{Backlog, Snapshot};
use crate::core::{Bounds, Core, HealthPolicy, LaneSet, Load, Start};
use crate::desk::{Lanes, Orders};
use crate::journal::Journal;
use crate::leave::Leave;
use crate::ledger_io::Scribe;
use crate::recovery::record_interrupted;
use crate::shell::Shell;

/// How long after a failed step of the start it is tried again.
const START_PAUSE: Duration = Duration::from_millis(500);

/// What the engine works with.
pub struct Parts {
    /// Where events come from and outcomes go.
    pub ledger: Arc<dyn Ledger>,
    /// What waits beyond memory.
    pub backlog: Arc<dyn Backlog>,
    /// Remembers which requests are under way.
    pub journal: Arc<dyn Journal>,
    /// Says whether requests may be made now.
    pub leave: Arc<dyn Leave>,
    /// Makes the requests.
    pub transport: Arc<dyn Transport>,
    /// Opens secrets.
    pub vault: Arc<Vault>,
    /// Judges endpoints once more before each version of a subscription is used.
    pub urls: UrlPolicy,
    /// What it calls itself to endpoints that were asked for their consent.
    pub origin: Origin,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Names records.
    pub ids: Arc<dyn IdSource>,
    /// Decides about jitter.
    pub rng: Box<dyn Rng + Send>,
}

/// How the engine works.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// How much it takes on at once.
    pub bounds: Bounds,
    /// When endpoints count as failing, and what follows.
    pub health: HealthPolicy,
    /// How long requests that are under way may take to finish when it stops.
    pub drain: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self { bounds: Bounds::default(), health: HealthPolicy::default(), drain: Duration::from_secs(10) }
    }
}

/// How the engine fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// Whether it follows the ledger; false while it starts, and once it has stopped.
    pub running: bool,
    /// How far it has followed the ledger.
    pub folded: Position,
    /// Whether it still folds what was recorded before it started, and sends nothing yet.
    pub catching_up: bool,
    /// How much is under way.
    pub load: Load,
    /// The lanes that it delivers.
    pub lanes: LaneSet,
}

/// Why the engine could not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The ledger could not be read.
    #[error("the subscriptions could not be read from the ledger")]
    Ledger(#[from] LedgerError),
    /// A record of a subscription could not be read.
    #[error("a subscription could not be read from the ledger: {0}")]
    Unreadable(String),
}

/// A running engine. Dropping it stops it hard; [`Engine::stop`] lets requests finish.
pub struct Engine {
    task: JoinHandle<()>,
    stopping: CancellationToken,
    health: watch::Receiver<Health>,
}

impl Engine {
    /// Starts the only engine of a ledger, which has all lanes. Records what was under way when an earlier process died; reads
    /// what waits as of the view's checkpoint, wherever that is, and the subscriptions as of there; and starts. The tail
    /// behind the checkpoint is folded before anything is sent. Takes until the view can be read.
    pub async fn start(parts: Parts, config: Config) -> Result<Self, EngineError> {
        let Parts { ledger, journal, clock, ids, .. } = &parts;
        recover(ledger.clone(), journal.clone(), clock.clone(), ids.clone()).await?;
        let Snapshot { as_of, waiting } = snapshot(&*parts.backlog, &config.bounds).await;
        let router = read_subscriptions(&*parts.ledger, as_of).await?;
        let head = parts.ledger.head();
        if head > as_of {
            tracing::info!(position = as_of.0, of = head.0, "folding what the views have not come to yet");
        }
        let start = Start { router, as_of, waiting, head, lanes: LaneSet::ALL };
        Ok(Self::of(parts, config, start, None))
    }

    /// Starts one of several engines on a ledger. It has no lanes before it is given some. Records what was under way when an
    /// earlier process died, whoever has the lanes now, and reads the subscriptions.
    pub async fn start_beside_others(parts: Parts, config: Config) -> Result<(Self, Lanes), EngineError> {
        let Parts { ledger, journal, clock, ids, .. } = &parts;
        recover(ledger.clone(), journal.clone(), clock.clone(), ids.clone()).await?;
        let head = parts.ledger.head();
        let router = read_subscriptions(&*parts.ledger, head).await?;
        let start = Start { router, as_of: head, waiting: Vec::new(), head, lanes: LaneSet::NONE };
        let (lanes, orders) = Lanes::new();
        Ok((Self::of(parts, config, start, Some(orders)), lanes))
    }

    fn of(parts: Parts, config: Config, start: Start, orders: Option<Orders>) -> Self {
        let folded = start.as_of;
        let core = Core::new(config.bounds, config.health, start);
        let stopping = CancellationToken::new();
        let (health_tx, health) = watch::channel(Health { running: true, folded, ..Health::default() });
        let shell = Shell::new(parts, config, core, orders, stopping.clone(), health_tx);
        let task = tokio::spawn(shell.run());
        Self { task, stopping, health }
    }

    /// How the engine fares, followed.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Starts nothing more, lets requests that are under way finish within the configured time, and records them.
    pub async fn stop(self) {
        self.stopping.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the delivery engine did not stop in order");
        }
    }
}

/// Records what was under way when an earlier process died, trying until it is recorded or the ledger closes.
async fn recover(
    ledger: Arc<dyn Ledger>,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
) -> Result<(), LedgerError> {
    let scribe = Scribe::new(ledger.clone(), ids, CancellationToken::new());
    loop {
        match record_interrupted(&ledger, &scribe, &*journal, clock.now()).await {
            Ok(0) => return Ok(()),
            Ok(requests) => {
                tracing::warn!(requests, "were under way when the process ended, and will be made again");
                return Ok(());
            }
            Err(LedgerError::ShuttingDown) => return Err(LedgerError::ShuttingDown),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "deliveries start once it is recorded what was under way"
                );
                tokio::time::sleep(START_PAUSE).await;
            }
        }
    }
}

/// What waits, asked for until there is an answer: the view may just be in the making.
async fn snapshot(backlog: &dyn Backlog, bounds: &Bounds) -> Snapshot {
    loop {
        match backlog.snapshot(bounds).await {
            Ok(snapshot) => return snapshot,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "deliveries start once it can be read what waits"
                );
                tokio::time::sleep(START_PAUSE).await;
            }
        }
    }
}

/// What routing goes by, of all tenants, as of `upto`.
async fn read_subscriptions(ledger: &dyn Ledger, upto: Position) -> Result<Router, EngineError> {
    const KINDS: Filter = Filter::Kinds(Kinds::of(&domain::routing::KINDS));
    let mut router = Router::default();
    let mut after = Position::START;
    while after < upto {
        let page = ledger.read_all(after, ledger::bounds::PAGE_RECORDS, KINDS).await?;
        for record in page.records.iter().filter(|record| record.position <= upto) {
            match record.fact() {
                Ok(Fact::Subscription(event)) => {
                    router.apply(record.tenant, SubscriptionId::from_uuid(record.stream.uuid), event);
                }
                Ok(Fact::EventType(event)) => {
                    router.apply_type(record.tenant, record.stream.uuid, record.position, event);
                }
                Ok(_) => {}
                Err(error) => return Err(EngineError::Unreadable(error.to_string())),
            }
        }
        if page.upto <= after {
            // The view is further than this node has heard of the ledger: another one folded it a moment ago.
            tokio::time::sleep(START_PAUSE).await;
        }
        after = page.upto;
    }
    Ok(router)
}
