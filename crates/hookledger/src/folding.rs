//! Keeping the views up with the ledger: this node, whenever it is its turn, or another one.

use std::time::Duration;

use projections::{Runner, RunnerError, RunnerOptions, Views};
use tokio_util::sync::CancellationToken;

use crate::turns::Turn;

/// How long to wait after the views could not be taken over.
const PAUSE: Duration = Duration::from_millis(500);

/// Folds the views while it is this node's turn, and takes note of what another node folds while it is not; until `stop`. An
/// error means that waiting would not help.
pub(crate) async fn keep_up(views: Views, turn: Turn, stop: CancellationToken) -> Result<(), RunnerError> {
    if turn.is_for_ever() {
        return Runner::new(views, RunnerOptions::default()).run(stop).await;
    }
    while !stop.is_cancelled() {
        let epoch = tokio::select! {
            epoch = turn.ours() => epoch,
            () = views.follow(stop.clone()) => return Ok(()),
        };
        let leading = stop.child_token();
        let ended = tokio::select! {
            ended = lead(&views, epoch, leading.clone()) => Some(ended),
            () = turn.over(epoch) => None,
        };
        leading.cancel();
        views.rest().await;
        if let Some(ended) = ended {
            return ended;
        }
    }
    Ok(())
}

/// Takes the views over, however often that has to be tried, and folds them until `stop`.
async fn lead(views: &Views, epoch: i64, stop: CancellationToken) -> Result<(), RunnerError> {
    while let Err(error) = views.lead(epoch).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the views cannot be taken over, trying again"
        );
        if stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
            return Ok(());
        }
    }
    Runner::new(views.clone(), RunnerOptions::default()).run(stop).await
}
