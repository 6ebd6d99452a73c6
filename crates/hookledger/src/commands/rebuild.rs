//! `hookledger rebuild`: views made again, while the server is stopped.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use projections::{RebuildProgress, RunnerOptions};

use crate::cli::{Common, Rebuild};
use crate::store::Store;
use crate::{config, say, telemetry};

/// How often progress is told.
const EVERY: Duration = Duration::from_secs(1);

/// Rebuilds the named views, or all.
pub(crate) async fn run(common: &Common, rebuild: Rebuild) -> Result<ExitCode> {
    let settings = config::load(common.file(), common.overrides(None, false))?;
    telemetry::log(&settings)?;
    let store = Store::open(&settings).await?;
    let names = if rebuild.views.is_empty() {
        store.views.progress().iter().map(|view| view.name.to_owned()).collect()
    } else {
        rebuild.views
    };
    let mut result = Ok(());
    for name in names {
        result = one(&store, &name).await;
        if result.is_err() {
            break;
        }
    }
    store.close().await;
    result.map(|()| ExitCode::SUCCESS)
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
