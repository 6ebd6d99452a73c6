//! Working off bulk actions: on the node that folds the views, for they go by what the views say.

use app::App;
use projections::Views;
use tokio_util::sync::CancellationToken;

use crate::turns::Turn;

/// Carries out what was asked for, whenever it is this node's turn, until `stop`.
pub(crate) async fn work_off(app: App, views: Views, turn: Turn, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let epoch = tokio::select! {
            epoch = turn.ours() => epoch,
            () = stop.cancelled() => return,
        };
        let working = async {
            views.made().await;
            // It goes on for as long as the process, and ends where it is dropped.
            app.run_bulk_actions(stop.clone()).await;
        };
        tokio::select! {
            () = working => {}
            () = turn.over(epoch) => {}
            () = stop.cancelled() => {}
        }
    }
}
