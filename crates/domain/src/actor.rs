//! Who asks, how they proved it, and what they may do.

use serde::{Deserialize, Serialize};

use crate::id::{ApiKeyId, RecordId, TenantId};

/// What an actor may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Publish events.
    Publish,
    /// Change subscriptions, event types and API keys of the own tenant.
    Manage,
    /// Read everything of the own tenant.
    Read,
    /// Read the audit trail.
    Audit,
    /// Run the system: tenants, rebuilds. Crosses tenants only where an operation says so.
    Operate,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [Self::Publish, Self::Manage, Self::Read, Self::Audit, Self::Operate];

    /// The name used in the API and in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Manage => "manage",
            Self::Read => "read",
            Self::Audit => "audit",
            Self::Operate => "operate",
        }
    }

    /// The scope with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// Who caused a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Actor {
    /// Somebody with an API key.
    ApiKey {
        /// The key's id.
        id: ApiKeyId,
    },
    /// Somebody at the machine: the command line.
    Operator,
    /// Hookledger's delivery engine.
    Engine,
    /// Hookledger itself: bootstrap, the built-in catalogue.
    System,
}

/// An authenticated caller: every use case takes one first.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The tenant whose data the caller may touch.
    pub tenant: TenantId,
    /// Who it is.
    pub actor: Actor,
    /// What the caller may ask for.
    pub scopes: Vec<Scope>,
}

impl Caller {
    /// Whether the caller has `scope`.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// What is known of a record besides what happened. Stored as JSON beside the payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Who caused it.
    pub actor: Actor,
    /// What the caller calls the whole of which this is a part, at most 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// The record that led to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation: Option<RecordId>,
    /// The trace that it happened in: a W3C `traceparent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

impl Metadata {
    /// Caused by `actor`, with nothing else known.
    pub const fn by(actor: Actor) -> Self {
        Self { actor, correlation: None, causation: None, trace: None }
    }
}
