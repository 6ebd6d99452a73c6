//! The port to the `queue` view: what waits beyond memory.

use async_trait::async_trait;
use domain::{Position, SubscriptionId};

use crate::core::{Bounds, Page, Survey, Waiting, Wanted};

/// Reads what waits. Each answer is consistent within itself: rows and position are of one moment.
#[async_trait]
pub trait Backlog: Send + Sync {
    /// What waits, as of wherever the view is: for each subscription as much as it may hold by its even share of
    /// `bounds.held_max`, and no more than `bounds.window_max`.
    async fn snapshot(&self, bounds: &Bounds) -> Result<Snapshot, BacklogError>;

    /// For which subscriptions something waits, once the view has folded the ledger up to `at_least`.
    async fn survey(&self, at_least: Position) -> Result<Survey, BacklogError>;

    /// A page of what waits for `subscription`, once the view has folded the ledger up to `at_least`: at most `limit`.
    async fn page(
        &self,
        subscription: SubscriptionId,
        wanted: Wanted,
        limit: usize,
        at_least: Position,
    ) -> Result<Page, BacklogError>;
}

/// What waits, as of one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// How far the view had folded the ledger.
    pub as_of: Position,
    /// What waits, once for each subscription for which something does.
    pub waiting: Vec<Waiting>,
}

/// Why what waits could not be read; worth retrying.
#[derive(Debug, thiserror::Error)]
#[error("the queue view could not be read")]
pub struct BacklogError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
