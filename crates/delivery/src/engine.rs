//! A running engine: what it is made of, how it starts and stops.

use std::sync::Arc;
use std::time::Duration;

use domain::routing::Router;
use domain::{Clock, Fact, IdSource, Position, StreamKind, SubscriptionId};
use egress::{Transport, UrlPolicy};
use ledger::{Filter, Kinds, Ledger, LedgerError};
use rand::Rng;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vault::Vault;

use crate::backlog::{Backlog, BacklogError};
use crate::core::{Bounds, Core, HealthPolicy, Load};
use crate::shell::Shell;

/// What the engine works with.
pub struct Parts {
    /// Where events come from and outcomes go.
    pub ledger: Arc<dyn Ledger>,
    /// What waits beyond memory.
    pub backlog: Arc<dyn Backlog>,
    /// Makes the requests.
    pub transport: Arc<dyn Transport>,
    /// Opens secrets.
    pub vault: Arc<Vault>,
    /// Judges endpoints once more before each version of a subscription is used.
    pub urls: UrlPolicy,
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
    /// How much is under way.
    pub load: Load,
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
    /// The view could not be read.
    #[error("what waits could not be read")]
    Backlog(#[from] BacklogError),
}

/// A running engine. Dropping it stops it hard; [`Engine::stop`] lets requests finish.
pub struct Engine {
    task: JoinHandle<()>,
    stopping: CancellationToken,
    health: watch::Receiver<Health>,
}

impl Engine {
    /// Reads the subscriptions as of the ledger's head, waits until the view has come there, and starts.
    pub async fn start(parts: Parts, config: Config) -> Result<Self, EngineError> {
        let head = parts.ledger.head();
        let router = read_subscriptions(&*parts.ledger, head).await?;
        let waiting = parts.backlog.waiting(head).await?;
        let waiting = waiting.into_iter().map(|waiting| (waiting.tenant, waiting.subscription));
        let core = Core::new(config.bounds, config.health, router, head, waiting);
        let stopping = CancellationToken::new();
        let (health_tx, health) = watch::channel(Health { running: true, folded: head, ..Health::default() });
        let shell = Shell::new(parts, config, core, stopping.clone(), health_tx);
        let task = tokio::spawn(shell.run());
        Ok(Self { task, stopping, health })
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

/// The subscriptions of all tenants as of `upto`.
async fn read_subscriptions(ledger: &dyn Ledger, upto: Position) -> Result<Router, EngineError> {
    const KINDS: Filter = Filter::Kinds(Kinds::of(&[StreamKind::Subscription]));
    let mut router = Router::default();
    let mut after = Position::START;
    while after < upto {
        let page = ledger.read_all(after, ledger::bounds::PAGE_RECORDS, KINDS).await?;
        for record in page.records.iter().filter(|record| record.position <= upto) {
            match record.fact() {
                Ok(Fact::Subscription(event)) => {
                    router.apply(record.tenant, SubscriptionId::from_uuid(record.stream.uuid), event);
                }
                Ok(_) => {}
                Err(error) => return Err(EngineError::Unreadable(error.to_string())),
            }
        }
        after = page.upto;
    }
    Ok(router)
}
