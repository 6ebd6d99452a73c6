//! Tenants.

use async_graphql::{ID, Object, Result};
use domain::TenantId;
use projections::status;

use super::scalars::{DateTime, Version};
use crate::graphql::connection::connection;
use crate::graphql::entity::Entity;
use crate::graphql::scope::Scope;

/// An isolated customer of the platform: everything belongs to one, and nothing crosses from one to another.
#[derive(Debug, Clone)]
pub(crate) struct Tenant(pub(crate) status::Tenant);

/// An isolated customer of the platform: everything belongs to one, and nothing crosses from one to another.
#[Object]
impl Tenant {
    /// Names it globally.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// Whether its calls are refused. What was accepted is delivered all the same.
    async fn suspended(&self) -> bool {
        self.0.suspended.is_some()
    }

    /// Why its calls are refused, in the words of the operator; none while they are served.
    async fn suspension_note(&self) -> Option<&str> {
        self.0.suspended.as_ref().map(domain::Description::as_str).filter(|note| !note.is_empty())
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// What `expectedVersion` takes.
    async fn version(&self) -> Version {
        self.0.version.into()
    }
}

impl Tenant {
    /// The cursor's kind of lists of these.
    pub(crate) const CURSOR: &'static str = "tenant";
}

impl Entity for Tenant {
    type Id = TenantId;

    /// Everybody may see their own tenant; others need the scope `operate`.
    async fn load(scope: &Scope, id: &TenantId) -> Result<Option<Self>> {
        if *id != scope.tenant() && !scope.request().caller().may(domain::Scope::Operate) {
            return Ok(None);
        }
        let tenant = scope.views().status().tenant(*id).await;
        Ok(tenant.map_err(|error| scope.read_error(&error))?.map(Self))
    }
}

connection! {
    /// A page of tenants, newest first.
    TenantConnection,
    /// A tenant in a list.
    TenantEdge,
    Tenant
}
