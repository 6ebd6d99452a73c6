//! The queue view, as the delivery engine wants it.

use std::time::Duration;

use async_trait::async_trait;
use delivery::core::{Job, Page, Wanted};
use delivery::{Backlog, BacklogError, WaitingSubscription};
use domain::{Position, SubscriptionId};
use projections::Views;
use projections::queue::{Snapshot, Waiting};
use tokio::time::Instant;

/// How long the view may take to come to where it must be before the engine asks again.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads what waits from the views.
pub(crate) struct ViewBacklog(pub(crate) Views);

impl ViewBacklog {
    async fn reach(&self, at_least: Position) -> Result<(), BacklogError> {
        self.0.wait_for(at_least, Instant::now() + PATIENCE).await.map_err(failed)
    }
}

#[async_trait]
impl Backlog for ViewBacklog {
    async fn waiting(&self, at_least: Position) -> Result<Vec<WaitingSubscription>, BacklogError> {
        // However long it takes: without the view nothing is known of what waits.
        while let Err(lagging) = self.0.wait_for(at_least, Instant::now() + PATIENCE).await {
            tracing::info!(
                position = lagging.at.0,
                of = at_least.0,
                "deliveries start once the views have caught up"
            );
        }
        let found = self.0.queue().subscriptions_waiting().await.map_err(failed)?;
        let waiting = |row: &projections::queue::WaitingSubscription| WaitingSubscription {
            tenant: row.tenant,
            subscription: row.subscription,
        };
        Ok(found.rows.iter().map(waiting).collect())
    }

    async fn page(
        &self,
        subscription: SubscriptionId,
        wanted: Wanted,
        limit: usize,
        at_least: Position,
    ) -> Result<Page, BacklogError> {
        self.reach(at_least).await?;
        let queue = self.0.queue();
        let found = match wanted {
            Wanted::First { after } => queue.first_attempts(subscription, after, limit).await,
            Wanted::Retries { from } => queue.retries(subscription, from, limit).await,
        };
        found.map(page).map_err(failed)
    }
}

fn page(found: Snapshot<Waiting>) -> Page {
    let job = |row: Waiting| Job {
        delivery: row.delivery,
        event: row.event,
        event_position: row.event_position,
        sequence: row.sequence,
        progress: row.progress,
    };
    Page { as_of: found.as_of, jobs: found.rows.into_iter().map(job).collect(), more: found.more }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> BacklogError {
    BacklogError(Box::new(error))
}
