//! The queue view, as the delivery engine wants it.

use std::time::Duration;

use async_trait::async_trait;
use delivery::core::{self, Bounds, Job, Page, Survey, Surveyed, Wanted};
use delivery::{Backlog, BacklogError};
use domain::{Position, SubscriptionId};
use projections::Views;
use projections::queue::{Snapshot, Waiting, WaitingRows, WaitingSubscription};
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
    async fn snapshot(&self, bounds: &Bounds) -> Result<delivery::Snapshot, BacklogError> {
        let bounds = *bounds;
        let share = move |subscriptions| bounds.share_at_start(subscriptions);
        let found = self.0.queue().everything(share).await.map_err(failed)?;
        let waiting = |row: WaitingRows| core::Waiting {
            tenant: row.tenant,
            subscription: row.subscription,
            first: row.first.iter().map(job).collect(),
            more_first: row.more_first,
            retries: row.retries.iter().map(job).collect(),
            more_retries: row.more_retries,
        };
        Ok(delivery::Snapshot { as_of: found.as_of, waiting: found.rows.into_iter().map(waiting).collect() })
    }

    async fn survey(&self, at_least: Position) -> Result<Survey, BacklogError> {
        self.reach(at_least).await?;
        let found = self.0.queue().subscriptions_waiting().await.map_err(failed)?;
        let surveyed = |row: WaitingSubscription| Surveyed {
            tenant: row.tenant,
            subscription: row.subscription,
            first: row.has_first,
            retries: row.earliest_due,
        };
        Ok(Survey { as_of: found.as_of, waiting: found.rows.into_iter().map(surveyed).collect() })
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
        found.map(|found| page(&found)).map_err(failed)
    }
}

fn page(found: &Snapshot<Waiting>) -> Page {
    Page { as_of: found.as_of, jobs: found.rows.iter().map(job).collect(), more: found.more }
}

fn job(row: &Waiting) -> Job {
    Job {
        delivery: row.delivery,
        event: row.event,
        event_position: row.event_position,
        sequence: row.sequence,
        progress: row.progress,
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> BacklogError {
    BacklogError(Box::new(error))
}
