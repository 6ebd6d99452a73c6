//! `hookledger rebuild`: views made again, while the server is stopped.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use projections::{RebuildProgress, RunnerOptions};

use crate::cli::{Common, Rebuild};
use crate::config::Settings;
use crate::store::Store;
use crate::turns::Turns;
use crate::{config, say, telemetry};

/// How often progress is told.
const EVERY: Duration = Duration::from_secs(1);

/// Rebuilds the named views, or all.
pub(crate) async fn run(common: &Common, rebuild: Rebuild) -> Result<ExitCode> {
    let settings = config::load(common.file(), common.overrides(None, false))?;
    telemetry::log(&settings)?;
    let store = Store::open_beside(&settings).await?;
    let turns = Turns::of(store.backing.leases());
    let result = match take_over(&store, &turns, &settings).await {
        Ok(()) => all(&store, rebuild).await,
        Err(error) => Err(error),
    };
    store.views.rest().await;
    turns.give_back().await;
    store.close().await;
    result.map(|()| ExitCode::SUCCESS)
}

/// Waits for the turn to write the views, for about as long as a node may have it that died.
async fn take_over(store: &Store, turns: &Turns, settings: &Settings) -> Result<()> {
    if turns.views.is_for_ever() {
        return Ok(());
    }
    let patience = Duration::from_secs(settings.store.lease_seconds) + EVERY;
    let epoch = tokio::time::timeout(patience, turns.views.ours()).await;
    let epoch = epoch.context("the views are folded by a node that runs: stop all nodes first")?;
    store.views.lead(epoch).await.context("failed to take the views over")
}

async fn all(store: &Store, rebuild: Rebuild) -> Result<()> {
    let names = if rebuild.views.is_empty() {
        store.views.progress().iter().map(|view| view.name.to_owned()).collect()
    } else {
        rebuild.views
    };
    for name in names {
        one(store, &name).await?;
    }
    Ok(())
}

async fn one(store: &Store, name: &str) -> Result<()> {
    let mut told = Instant::now();
    let mut last = None;
    let tell = |progress: RebuildProgress| {
        last = Some(progress);
        if told.elapsed() >= EVERY {
            told = Instant::now();
            say::line(&format!("{name}: {}", shown(progress)));
        }
    };
    projections::rebuild(&store.views, name, RunnerOptions::default(), tell)
        .await
        .with_context(|| format!("failed to rebuild {name}"))?;
    let done = last.map_or_else(|| "nothing to fold".to_owned(), shown);
    say::line(&format!("{name}: rebuilt, {done}"));
    Ok(())
}

fn shown(progress: RebuildProgress) -> String {
    format!(
        "at position {} of {}, {} records, {:.0} a second",
        progress.position,
        progress.head,
        progress.records,
        progress.records_per_second()
    )
}
