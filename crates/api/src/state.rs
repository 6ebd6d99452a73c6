//! What handlers and resolvers may reach.

use std::sync::Arc;
use std::time::Duration;

use app::App;
use domain::{Clock, IdSource};
use ledger::Ledger;
use projections::Views;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::graphql::{ApiSchema, Feed, Limits, SocketLimits, build_schema};
use crate::operations::Probe;
use crate::shares::Shares;

/// Renders the metrics in Prometheus' text format.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What the API is made of; the binary puts it together.
pub struct Parts {
    /// The use cases.
    pub app: App,
    /// What is read.
    pub views: Views,
    /// What live feeds follow.
    pub ledger: Arc<dyn Ledger>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids of requests.
    pub ids: Arc<dyn IdSource>,
    /// What `/readyz` asks.
    pub probes: Vec<Arc<dyn Probe>>,
    /// What `/metrics` shows; nothing is collected if `None`.
    pub metrics: Option<RenderMetrics>,
    /// Cancelled when the service stops: sockets say goodbye then.
    pub stopping: CancellationToken,
    /// How much is allowed.
    pub config: Config,
}

/// How much the API allows.
#[derive(Debug, Clone)]
pub struct Config {
    /// GraphQL requests.
    pub graphql: Limits,
    /// Live feeds.
    pub socket: SocketLimits,
    /// How many requests may be under way at once.
    pub requests_max: usize,
    /// How many of them may be of one tenant.
    pub tenant_requests_max: usize,
    /// How long a request may take, its body included.
    pub request_deadline: Duration,
    /// How long a query with a `minPosition` waits for the views.
    pub view_wait_max: Duration,
    /// Whether `/metrics` is shown to anybody, not only to callers with the scope `operate`.
    pub metrics_open: bool,
    /// Whether browsers keep sessions of the console only where they reach it over TLS.
    pub secure_cookies: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            graphql: Limits::default(),
            socket: SocketLimits::default(),
            requests_max: 2_048,
            tenant_requests_max: 1_024,
            request_deadline: Duration::from_secs(30),
            view_wait_max: Duration::from_secs(5),
            metrics_open: false,
            secure_cookies: true,
        }
    }
}

/// What handlers and resolvers may reach. Cheap to clone.
#[derive(Clone)]
pub struct ApiState(Arc<Inner>);

struct Inner {
    app: App,
    views: Views,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    probes: Vec<Arc<dyn Probe>>,
    metrics: Option<RenderMetrics>,
    stopping: CancellationToken,
    config: Config,
    schema: ApiSchema,
    sockets: Arc<Semaphore>,
    shares: Arc<Shares>,
    feed: Feed,
}

impl ApiState {
    /// Puts the parts together. Needs a runtime: live feeds are followed by a task, as long as somebody listens.
    pub fn new(parts: Parts) -> Self {
        let Parts { app, views, ledger, clock, ids, probes, metrics, stopping, config } = parts;
        let schema = build_schema(&config.graphql);
        let sockets = Arc::new(Semaphore::new(config.socket.sockets_max.min(Semaphore::MAX_PERMITS)));
        let shares = Arc::new(Shares::new(config.tenant_requests_max));
        let feed = Feed::new(ledger.clone(), views.clone(), stopping.clone());
        Self(Arc::new(Inner {
            app,
            views,
            ledger,
            clock,
            ids,
            probes,
            metrics,
            stopping,
            config,
            schema,
            sockets,
            shares,
            feed,
        }))
    }

    pub(crate) fn app(&self) -> &App {
        &self.0.app
    }

    pub(crate) fn views(&self) -> &Views {
        &self.0.views
    }

    pub(crate) fn ledger(&self) -> &dyn Ledger {
        &*self.0.ledger
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn ids(&self) -> Arc<dyn IdSource> {
        self.0.ids.clone()
    }

    pub(crate) fn probes(&self) -> &[Arc<dyn Probe>] {
        &self.0.probes
    }

    pub(crate) fn render_metrics(&self) -> Option<String> {
        self.0.metrics.as_ref().map(|render| render())
    }

    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn schema(&self) -> &ApiSchema {
        &self.0.schema
    }

    pub(crate) fn sockets(&self) -> &Arc<Semaphore> {
        &self.0.sockets
    }

    pub(crate) fn shares(&self) -> &Arc<Shares> {
        &self.0.shares
    }

    pub(crate) fn feed(&self) -> &Feed {
        &self.0.feed
    }
}
