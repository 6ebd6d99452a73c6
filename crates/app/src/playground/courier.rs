//! Who writes and carries test requests: the port to the network.

use std::sync::Arc;

use async_trait::async_trait;
use domain::delivery::Attempt;
use domain::event::Published;
use domain::subscription::Live;
use domain::test_send::Step;
use domain::versions::Versions;
use domain::{EventId, Sequence, SubscriptionId, TenantId};

/// What is to be sent, to whom.
#[derive(Debug, Clone)]
pub struct Order {
    /// What receivers see as `webhook-id`.
    pub message: String,
    /// Whose the subscription is.
    pub tenant: TenantId,
    /// The subscription; of a draft, the id that its secrets are sealed for.
    pub subscription: SubscriptionId,
    /// What it is.
    pub live: Box<Live>,
    /// At which version; 0 for a draft.
    pub version: Sequence,
    /// What the event would be called.
    pub event: EventId,
    /// The event.
    pub content: Box<Published>,
    /// The versions of all event types, for casting.
    pub versions: Arc<Versions>,
}

/// A request as it would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Where to.
    pub url: String,
    /// The headers, in order; what the owner added is blanked.
    pub headers: Vec<(String, String)>,
    /// The exact body.
    pub body: Vec<u8>,
    /// SHA-256 of it, in lower-case hex.
    pub body_sha256: String,
}

/// Why nothing can be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CourierError {
    /// The event cannot be cast to the version that the subscription wants.
    #[error("{0}")]
    NotCastable(String),
    /// Something stored does not serve any more.
    #[error("{0}")]
    Unusable(String),
}

/// Writes and carries test requests, as the delivery engine does with deliveries.
#[async_trait]
pub trait Courier: Send + Sync {
    /// The request as it would be sent now.
    fn write(&self, order: &Order) -> Result<Letter, CourierError>;

    /// Sends it, once, and tells what came of it step by step. Ends within ten seconds.
    async fn carry(&self, order: &Order) -> Result<(Attempt, Vec<Step>), CourierError>;
}
