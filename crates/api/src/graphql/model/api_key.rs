//! API keys.

use async_graphql::{Enum, ID, Object, Result};
use domain::ApiKeyId;
use projections::{Page, status};
use uuid::Uuid;

use super::scalars::{DateTime, Version};
use crate::graphql::connection::connection;
use crate::graphql::entity::Entity;
use crate::graphql::scope::Scope as RequestScope;

/// What a key allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Scope")]
pub(crate) enum Scope {
    /// Publish events.
    Publish,
    /// Change subscriptions, event types and API keys of the own tenant.
    Manage,
    /// Read everything of the own tenant.
    Read,
    /// Read the audit trail.
    Audit,
    /// Run the system: tenants, rebuilds, metrics.
    Operate,
}

/// A key that somebody proves themselves with. The key itself is shown once, when it is made, and kept nowhere.
#[derive(Debug, Clone)]
pub(crate) struct ApiKey(pub(crate) status::ApiKey);

/// A key that somebody proves themselves with. The key itself is shown once, when it is made, and kept nowhere.
#[Object]
impl ApiKey {
    /// Names it globally.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// Its first characters, by which people tell keys apart.
    async fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// What it allows.
    async fn scopes(&self) -> Vec<Scope> {
        self.0.scopes.iter().map(|scope| (*scope).into()).collect()
    }

    /// When it stops being good, if ever.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }

    /// When it was taken back, if it was.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }

    /// When it was handed out.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// What `expectedVersion` takes.
    async fn version(&self) -> Version {
        self.0.version.into()
    }
}

impl ApiKey {
    /// The cursor's kind of lists of these.
    pub(crate) const CURSOR: &'static str = "api-key";
}

impl Entity for ApiKey {
    type Id = ApiKeyId;

    async fn load(scope: &RequestScope, id: &ApiKeyId) -> Result<Option<Self>> {
        scope.need(domain::Scope::Read)?;
        // Lists go by falling ids: the key is the first one behind the next higher id.
        let above = ApiKeyId::from_uuid(Uuid::from_u128(id.uuid().as_u128().saturating_add(1)));
        let listed = scope.views().status().api_keys(scope.tenant(), Page::after(above, 1)).await;
        let listed = listed.map_err(|error| scope.read_error(&error))?;
        Ok(listed.rows.into_iter().find(|key| key.id == *id).map(Self))
    }
}

connection! {
    /// A page of API keys, newest first; revoked and expired ones too.
    ApiKeyConnection,
    /// An API key in a list.
    ApiKeyEdge,
    ApiKey
}
