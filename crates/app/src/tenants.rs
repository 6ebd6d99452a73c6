//! Making tenants, and deciding whether their calls are served. All of it needs the scope `operate`.

use domain::tenant::{self, Command, Tenant};
use domain::{Description, Name, Scope, Sequence, TenantId};

use crate::app::App;
use crate::change::Changed;
use crate::decide::{Decided, Edit};
use crate::error::{Error, Refused};
use crate::request::Request;

/// A tenant was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Created {
    /// Names it.
    pub id: TenantId,
    /// What was recorded.
    pub changed: Changed,
}

/// Why a wish concerning a tenant was not granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such tenant.
    #[error("the tenant does not exist")]
    NotFound,
    /// Somebody changed it since the caller looked.
    #[error("the tenant has been changed and is at version {current} now; look again")]
    Stale {
        /// The version that it is at.
        current: Sequence,
    },
    /// There are as many as there may be.
    #[error("there are {max} tenants already, which is as many as are allowed")]
    TooMany {
        /// The bound.
        max: usize,
    },
    /// The caller would lock themselves out.
    #[error("a caller cannot suspend their own tenant")]
    OwnTenant,
}

impl Refused for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Stale { .. } => "stale",
            Self::TooMany { .. } => "too_many_tenants",
            Self::OwnTenant => "own_tenant",
        }
    }
}

impl Decided<tenant::Refusal> for Refusal {
    fn not_found() -> Self {
        Self::NotFound
    }

    fn stale(current: Sequence) -> Self {
        Self::Stale { current }
    }

    fn is_stale(&self) -> bool {
        matches!(self, Self::Stale { .. })
    }

    fn rule(refusal: tenant::Refusal) -> Self {
        match refusal {
            tenant::Refusal::NeverCreated => Self::NotFound,
            tenant::Refusal::AlreadyCreated => unreachable!("ids of tenants are drawn, not chosen"),
        }
    }
}

impl App {
    /// Makes a tenant. It has no key yet: hand one out for it.
    ///
    /// Bounded by [`crate::Bounds::tenants`].
    pub async fn create_tenant(&self, request: &Request, name: Name) -> Result<Created, Error<Refusal>> {
        request.need(Scope::Operate)?;
        let _turn = self.admission().await;
        let max = self.bounds().tenants;
        if self.keyring().count_tenants() >= max {
            return Err(Error::Refused(Refusal::TooMany { max }));
        }
        let id = TenantId::generate(self.ids());
        let changed =
            self.change::<Tenant, Refusal>(request, Edit::of(id, id, None), Command::Create { name }).await?;
        Ok(Created { id, changed })
    }

    /// Calls a tenant something else.
    pub async fn rename_tenant(
        &self,
        request: &Request,
        id: TenantId,
        expected: Option<Sequence>,
        name: Name,
    ) -> Result<Changed, Error<Refusal>> {
        self.command_tenant(request, id, expected, Command::Rename { name }).await
    }

    /// Refuses a tenant's calls from now on; what was accepted is still delivered.
    pub async fn suspend_tenant(
        &self,
        request: &Request,
        id: TenantId,
        expected: Option<Sequence>,
        note: Description,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Operate)?;
        if id == request.tenant() {
            return Err(Error::Refused(Refusal::OwnTenant));
        }
        self.command_tenant(request, id, expected, Command::Suspend { note }).await
    }

    /// Serves a tenant's calls again.
    pub async fn reinstate_tenant(
        &self,
        request: &Request,
        id: TenantId,
        expected: Option<Sequence>,
    ) -> Result<Changed, Error<Refusal>> {
        self.command_tenant(request, id, expected, Command::Reinstate).await
    }

    async fn command_tenant(
        &self,
        request: &Request,
        id: TenantId,
        expected: Option<Sequence>,
        command: Command,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Operate)?;
        self.change::<Tenant, Refusal>(request, Edit::of(id, id, expected), command).await
    }
}
