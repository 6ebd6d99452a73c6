//! Making a view again from the ledger: beside the old one, then in its place.

use std::time::{Duration, Instant};

use domain::Position;
use failpoints::Point;
use ledger::LedgerError;

use super::crew::Crew;
use super::run::{RunnerError, RunnerOptions};
use crate::store::{Copy, WriteError};
use crate::views::Views;

/// How far a rebuild has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RebuildProgress {
    /// Everything up to here is folded.
    pub position: Position,
    /// Where the ledger ends.
    pub head: Position,
    /// Records folded by this call.
    pub records: u64,
    /// How long this call has been at work.
    pub elapsed: Duration,
}

impl RebuildProgress {
    /// Records folded a second, so far.
    pub fn records_per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than three digits")]
        let records = self.records as f64;
        records / self.elapsed.as_secs_f64().max(0.001)
    }
}

/// Why a view was not made again.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// There is no such view.
    #[error("there is no view \"{name}\", only {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The views that there are.
        known: Vec<&'static str>,
    },
    /// The rebuild could not start or go on. What was done is kept, and the next one goes on from there.
    #[error("the rebuild could not go on")]
    Failed(#[from] RunnerError),
}

impl From<WriteError> for RebuildError {
    fn from(error: WriteError) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes the view called `name` again from the first record to the last, while nothing else writes the views.
///
/// A new copy is built beside the live one, which is read until the new one takes its place. If the call is dropped or
/// the process killed, the next one goes on where this one was. Beside a [`crate::Runner`] use [`Views::start_rebuild`].
pub async fn rebuild(
    views: &Views,
    name: &str,
    options: RunnerOptions,
    mut progress: impl FnMut(RebuildProgress),
) -> Result<(), RebuildError> {
    let shared = views.shared();
    let view = shared.definition(name)?;
    let _turn = shared.turn.try_lock().map_err(|_| RunnerError::InUse)?;
    shared.begin_rebuild(view).await?;
    failpoints::reach(Point::RebuildBegun);
    let started = Instant::now();
    let wanted = |copy: &crate::store::Checkpoint| copy.name == name && copy.copy == Copy::Next;
    let mut crew = Crew::load(shared.clone(), options, wanted).await?;
    let mut position = crew.position();
    crew.swap_what_is_ready().await?;
    let goal = shared.ledger.head();
    while crew.is_building() || position < goal {
        let place = crew.ready().await.ok_or(RunnerError::Ledger(LedgerError::ShuttingDown))?;
        crew.step(place).await?;
        failpoints::reach(Point::RebuildFolded);
        position = crew.position();
        progress(RebuildProgress {
            position,
            head: shared.ledger.head(),
            records: crew.folded(),
            elapsed: started.elapsed(),
        });
    }
    Ok(())
}
