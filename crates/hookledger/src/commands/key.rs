//! `hookledger key`: API keys, while the server is stopped.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use app::Request;
use app::api_keys::NewApiKey;
use domain::{Name, TenantId};
use projections::{LIMIT_MAX, Page};
use secrecy::ExposeSecret;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::serve::make_data_folder;
use crate::cli::{Common, Key};
use crate::store::Store;
use crate::turns::Turns;
use crate::{config, folding, say, telemetry};

/// How long the views may take to catch up before the keys are listed.
const PATIENCE: Duration = Duration::from_mins(10);

/// Does what was asked with the keys.
pub(crate) async fn run(common: &Common, key: Key) -> Result<ExitCode> {
    let mut settings = config::load(common.file(), common.overrides(None, false))?;
    if settings.log.filter == "info" {
        "warn".clone_into(&mut settings.log.filter);
    }
    telemetry::log(&settings)?;
    make_data_folder(&settings)?;
    let store = Store::open_beside(&settings).await?;
    let done = act(&store, key).await;
    store.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn act(store: &Store, key: Key) -> Result<()> {
    let app = &store.app;
    if let Some(first) = app.bootstrap().await? {
        say::line(&format!("The first admin key, shown this once: {}", first.key.expose_secret()));
    }
    match key {
        Key::Create { name, scopes, tenant } => {
            let name = Name::new(&name).context("--name")?;
            let new = NewApiKey { tenant: None, name, scopes, expires_at: None };
            let issued = app.issue_api_key(&operator(tenant), new).await?;
            say::line(&format!("{}  {}  (shown this once)", issued.id, issued.key.expose_secret()));
        }
        Key::List { tenant } => list(store, tenant.unwrap_or(app::bootstrap::DEFAULT_TENANT)).await?,
        Key::Revoke { id, tenant } => {
            app.revoke_api_key(&operator(tenant), id, None).await?;
            say::line(&format!("{id} is revoked"));
        }
    }
    Ok(())
}

async fn list(store: &Store, tenant: TenantId) -> Result<()> {
    let stop = CancellationToken::new();
    let turns = Turns::of(store.backing.leases());
    let runner = tokio::spawn(folding::keep_up(store.views.clone(), turns.views.clone(), stop.clone()));
    store.views.wait_for(store.backing.ledger().head(), Instant::now() + PATIENCE).await?;
    let mut page = Page::first(LIMIT_MAX);
    loop {
        let listed = store.views.status().api_keys(tenant, page).await?;
        for key in &listed.rows {
            let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
            let state = if key.revoked_at.is_some() { "revoked" } else { "good" };
            say::line(&format!("{}  {}…  {state}  {}  {}", key.id, key.prefix, scopes.join(","), key.name));
        }
        match listed.rows.last().filter(|_| listed.has_next) {
            Some(last) => page = Page::after(last.id, LIMIT_MAX),
            None => break,
        }
    }
    stop.cancel();
    let ended = runner.await?;
    turns.give_back().await;
    Ok(ended?)
}

fn operator(tenant: Option<TenantId>) -> Request {
    Request::operator(tenant.unwrap_or(app::bootstrap::DEFAULT_TENANT))
}
