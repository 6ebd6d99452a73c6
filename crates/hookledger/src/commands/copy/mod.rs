//! `hookledger copy`: a ledger from a folder to a database, or back.

mod place;
mod progress;
mod report;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use ledger::copy::port::{Side, Target};
use ledger::copy::{CopyError, Progress, ahead, whole};
use ledger::postgres::{PostgresSide, PostgresTarget};
use ledger::sqlite::{SqliteSide, SqliteTarget};

use crate::cli::{Common, Copy};
use crate::config::{self, Settings};
use crate::{say, telemetry};
use place::{Ends, Place};
use progress::Teller;

/// Copies, compares and tells what came out.
pub(crate) async fn run(common: &Common, copy: Copy) -> Result<ExitCode> {
    let mut settings = config::load(common.file(), common.overrides(None, false))?;
    if settings.log.filter == "info" {
        "warn".clone_into(&mut settings.log.filter);
    }
    telemetry::log(&settings)?;
    let ends = Ends::choose(copy.from.as_ref(), copy.to.as_ref(), &settings)?;
    let source = open_source(&ends.from, copy.ahead).await.context("failed to open the source")?;
    let target = open_target(&ends.to).await.context("failed to open the target")?;
    say::line(&format!("Copying the ledger from the {} to the {}.", ends.from, ends.to));
    let mut teller = Teller::new();
    let tell = |progress: Progress| teller.tell(&progress);
    if copy.ahead {
        let compared = ahead(source, target, tell).await.map_err(with_hint)?;
        report::ahead(&compared);
        return Ok(ExitCode::SUCCESS);
    }
    let report = whole(source, target, tell).await.map_err(with_hint)?;
    report::table(&report);
    if !report.is_same() {
        bail!("source and target differ: the target was not made ready, and no server opens it");
    }
    report::next_steps(&ends, &key(&settings));
    Ok(ExitCode::SUCCESS)
}

async fn open_source(from: &Place, beside: bool) -> Result<Arc<dyn Side>> {
    let advice = "while servers use it, copy with --ahead; then stop them, and copy the rest without";
    Ok(match (from, beside) {
        (Place::Folder(folder), true) => Arc::new(SqliteSide::beside(folder)?),
        (Place::Folder(folder), false) => Arc::new(SqliteSide::alone(folder).context(advice)?),
        (Place::Database(address), true) => Arc::new(PostgresSide::beside((**address).clone()).await?),
        (Place::Database(address), false) => {
            Arc::new(PostgresSide::alone((**address).clone()).await.context(advice)?)
        }
    })
}

async fn open_target(to: &Place) -> Result<Arc<dyn Target>> {
    Ok(match to {
        Place::Folder(folder) => Arc::new(SqliteTarget::open(folder)?),
        Place::Database(address) => Arc::new(PostgresTarget::open((**address).clone()).await?),
    })
}

fn with_hint(error: CopyError) -> anyhow::Error {
    let mended = matches!(
        error,
        CopyError::Unavailable(_) | CopyError::Read { .. } | CopyError::Refused { .. } | CopyError::Busy(_)
    );
    let hint = if mended {
        "the copy is not finished; when this is mended, the same command goes on where it was"
    } else {
        "the copy is not finished"
    };
    anyhow::Error::from(error).context(hint)
}

/// Where the key is that the secrets in the ledger are sealed with.
fn key(settings: &Settings) -> String {
    let secrets = &settings.secrets;
    let current = match (&secrets.master_key, &secrets.master_key_file) {
        (Some(_), _) => "the one in secrets.master_key".to_owned(),
        (None, Some(file)) => shown(file),
        (None, None) => shown(&settings.data.join(crate::master_key::FILE)),
    };
    let older = secrets.older_master_key_files.iter().map(|file| format!(", and {}", shown(file)));
    std::iter::once(current).chain(older).collect()
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}
