//! `hookledger serve`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use failpoints::Point;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::{Common, Listen};
use crate::config::{self, Settings};
use crate::node::Node;
use crate::store::Store;
use crate::{http, master_key, say, signals, telemetry};

/// How long the views may take to be there before callers are let in.
const VIEWS_PATIENCE: Duration = Duration::from_secs(10);

/// Runs a node until it is told to stop, or cannot go on.
pub(crate) async fn run(common: &Common, listen: &Listen) -> Result<ExitCode> {
    let settings = config::load(common.file(), common.overrides(listen.listen, false))?;
    let running = Running::start(&settings).await?;
    say::line(&format!("Hookledger {} listens on {}", env!("CARGO_PKG_VERSION"), running.address));
    if let Some(key) = &running.first_key {
        say::line(&format!("The first API key, shown this once: {key}"));
    }
    running.until_stopped(None).await
}

/// A node and its listener.
pub(crate) struct Running {
    /// Where it listens, as a URL.
    pub(crate) address: String,
    /// The first admin key, if this was the first start.
    pub(crate) first_key: Option<String>,
    node: Node,
    listener: TcpListener,
    stopping: CancellationToken,
}

impl Running {
    /// Opens the store and the listener, and starts the node.
    pub(crate) async fn start(settings: &Settings) -> Result<Self> {
        use secrecy::ExposeSecret;

        telemetry::log(settings)?;
        let metrics = telemetry::metrics()?;
        make_data_folder(settings)?;
        let listener = TcpListener::bind(settings.listen).await.with_context(|| {
            format!(
                "failed to listen on {}: is another server running there? Choose with --listen",
                settings.listen
            )
        })?;
        let address = format!("http://{}", listener.local_addr()?);
        let store = Store::open(settings).await?;
        master_key::check(settings, &*store.backing.ledger(), &store.vault).await?;
        let stopping = CancellationToken::new();
        signals::stop_on_signal(stopping.clone())?;
        let views = store.views.clone();
        let node = Node::start(settings, store, metrics, &stopping)?;
        // Where they are made by another node it may take longer: then they are being built, and queries say so.
        let _ = tokio::time::timeout(VIEWS_PATIENCE, views.made()).await;
        let registered = node.app().register_platform_types().await?;
        if registered > 0 {
            tracing::info!(records = registered, "registered the event types of the platform");
        }
        let first_key = node.app().bootstrap().await?.map(|issued| issued.key.expose_secret().to_owned());
        Ok(Self { address, first_key, node, listener, stopping })
    }

    /// What signs in to the console once, for whoever started this.
    pub(crate) fn ticket(&self) -> secrecy::SecretString {
        self.node.app().issue_ticket(app::bootstrap::DEFAULT_TENANT)
    }

    /// Serves until a signal, or until the node cannot go on; then stops in order. `beside` is served as well.
    pub(crate) async fn until_stopped(self, beside: Option<(TcpListener, Router)>) -> Result<ExitCode> {
        let Self { mut node, listener, stopping, .. } = self;
        let server = tokio::spawn(http::serve(listener, node.front(), stopping.clone()));
        let other =
            beside.map(|(listener, router)| tokio::spawn(http::serve(listener, router, stopping.clone())));
        let code = tokio::select! {
            () = stopping.cancelled() => ExitCode::SUCCESS,
            why = node.failed() => {
                say::problem(&format!("error: {why}"));
                stopping.cancel();
                ExitCode::FAILURE
            }
        };
        failpoints::reach(Point::StopAsked);
        // New requests first, so that nothing is accepted that nobody would deliver; the receiver beside last.
        let _ = server.await;
        node.stop().await;
        if let Some(other) = other {
            let _ = other.await;
        }
        say::line("Stopped.");
        Ok(code)
    }
}

/// Makes the data folder, which only the server's user may enter.
pub(crate) fn make_data_folder(settings: &Settings) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(&settings.data)
        .with_context(|| format!("failed to make the data folder {}", settings.data.display()))
}
