//! `hookledger migrate`: the schema of the database, and nothing else.

use std::process::ExitCode;

use anyhow::{Context, Result};
use ledger::postgres::{self, NEWEST};

use crate::cli::Common;
use crate::config::{self, StoreUrl};
use crate::{say, telemetry};

/// Brings the schema up to date and says what that took.
pub(crate) async fn run(common: &Common) -> Result<ExitCode> {
    let settings = config::load(common.file(), common.overrides(None, false))?;
    telemetry::log(&settings)?;
    let Some(StoreUrl::Database(address)) = &settings.store.url else {
        say::line(
            "The records are kept in files, which the server brings up to date when it starts: nothing was done.",
        );
        return Ok(ExitCode::SUCCESS);
    };
    let found = postgres::migrate(address).await.context("failed to bring the database up to date")?;
    say::line(&match found {
        NEWEST => format!("The schema has version {NEWEST}, the newest: nothing was done."),
        0 => format!("The schema was made, at version {NEWEST}."),
        found => format!("The schema was brought from version {found} to {NEWEST}."),
    });
    Ok(ExitCode::SUCCESS)
}
