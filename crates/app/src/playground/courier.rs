//! Who writes and carries test requests: the port to the network.

use std::sync::Arc;

use async_trait::async_trait;
use domain::delivery::Attempt;
use domain::event::Published;
use domain::subscription::Live;
use domain::test_send::Step;
use domain::versions::Versions;
use domain::{EventId, Position, SecretId, Sequence, SubscriptionId, TenantId, Timestamp};

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

/// When a request was made, and what became of its secrets since.
#[derive(Debug, Clone)]
pub struct Then {
    /// Where its event stands.
    pub position: Position,
    /// When it started.
    pub started_at: Timestamp,
    /// Secrets that were revoked since.
    pub revoked: Vec<SecretId>,
}

/// Why a signature cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostSignature {
    /// Its secret was revoked.
    Revoked,
    /// Its secret cannot be opened: the key that sealed it is gone.
    Unreadable,
}

/// A request as it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recalled {
    /// The request.
    pub letter: Letter,
    /// The secrets whose signatures are missing in it, and why.
    pub unsigned: Vec<(SecretId, LostSignature)>,
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

    /// The request as it was made `then`, as far as what is on record tells. It is not sent.
    fn recall(&self, order: &Order, then: &Then) -> Result<Recalled, CourierError>;

    /// Sends it, once, and tells what came of it step by step. Ends within ten seconds.
    async fn carry(&self, order: &Order) -> Result<(Attempt, Vec<Step>), CourierError>;
}
