//! `hookledger key`: API keys, while the server is stopped.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use app::api_keys::NewApiKey;
use app::{App, Request};
use domain::{Name, TenantId};
use secrecy::ExposeSecret;

use super::serve::make_data_folder;
use crate::cli::{Common, Key};
use crate::node::Store;
use crate::{config, master_key, say, system, telemetry};

/// How many keys are listed at once.
const PAGE: usize = 1_000;

/// Does what was asked with the keys.
pub(crate) async fn run(common: &Common, key: Key) -> Result<ExitCode> {
    let mut settings = config::load(common.file(), common.overrides(None, false))?;
    if settings.log.filter == "info" {
        "warn".clone_into(&mut settings.log.filter);
    }
    telemetry::log(&settings)?;
    make_data_folder(&settings)?;
    let (vault, _) = master_key::open_vault(&settings, system::rng()?)?;
    let store = Store::open(&settings, vault).await?;
    let done = act(&store.app, key).await;
    store.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn act(app: &App, key: Key) -> Result<()> {
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
        Key::List { tenant } => {
            let keys = app.api_keys(&operator(tenant), None, PAGE)?;
            if keys.is_empty() {
                bail!("there are no API keys");
            }
            for key in keys {
                let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
                say::line(&format!("{}  {}…  {}  {}", key.id, key.prefix, scopes.join(","), key.name));
            }
        }
        Key::Revoke { id, tenant } => {
            app.revoke_api_key(&operator(tenant), id, None).await?;
            say::line(&format!("{id} is revoked"));
        }
    }
    Ok(())
}

fn operator(tenant: Option<TenantId>) -> Request {
    Request::operator(tenant.unwrap_or(app::bootstrap::DEFAULT_TENANT))
}
