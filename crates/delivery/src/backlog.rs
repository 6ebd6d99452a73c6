//! The port to the `queue` view: what waits beyond memory.

use async_trait::async_trait;
use domain::{Position, SubscriptionId, TenantId};

use crate::core::{Page, Wanted};

/// Reads what waits. Each answer is consistent within itself: rows and position are of one moment.
#[async_trait]
pub trait Backlog: Send + Sync {
    /// The subscriptions for which something waits, once the view has folded the ledger up to `at_least`.
    async fn waiting(&self, at_least: Position) -> Result<Vec<WaitingSubscription>, BacklogError>;

    /// A page of what waits for `subscription`, once the view has folded the ledger up to `at_least`: at most `limit`.
    async fn page(
        &self,
        subscription: SubscriptionId,
        wanted: Wanted,
        limit: usize,
        at_least: Position,
    ) -> Result<Page, BacklogError>;
}

/// A subscription for which something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingSubscription {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which.
    pub subscription: SubscriptionId,
}

/// Why what waits could not be read; worth retrying.
#[derive(Debug, thiserror::Error)]
#[error("the queue view could not be read")]
pub struct BacklogError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
