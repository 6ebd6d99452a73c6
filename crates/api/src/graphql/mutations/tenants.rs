//! Making tenants, and deciding whether their calls are served.

use app::Changed;
use app::tenants::Refusal;
use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::TenantId;

use super::payload::{payload, settle};
use crate::graphql::model::refusal::{Refusals, refused};
use crate::graphql::model::scalars::Version;
use crate::graphql::model::tenant::Tenant;
use crate::graphql::scope::{CtxExt, Scope};

/// A tenant to make.
#[derive(InputObject)]
struct CreateTenantInput {
    /// What people shall call it: 1 to 128 characters.
    name: String,
}

/// A tenant to call something else.
#[derive(InputObject)]
struct RenameTenantInput {
    /// Its id.
    id: ID,
    /// What people shall call it: 1 to 128 characters.
    name: String,
    /// The version that the caller has seen; without it, whatever it is at.
    expected_version: Option<Version>,
}

/// A tenant whose calls shall be refused.
#[derive(InputObject)]
struct SuspendTenantInput {
    /// Its id.
    id: ID,
    /// Why, in words that operators will read: at most 1,024 characters.
    note: Option<String>,
    /// The version that the caller has seen; without it, whatever it is at.
    expected_version: Option<Version>,
}

/// A tenant whose calls shall be served again.
#[derive(InputObject)]
struct ReinstateTenantInput {
    /// Its id.
    id: ID,
    /// The version that the caller has seen; without it, whatever it is at.
    expected_version: Option<Version>,
}

payload! {
    /// What became of a tenant.
    TenantPayload,
    /// The tenant, as it is now.
    tenant: Tenant = TenantId
}

#[derive(Default)]
pub(crate) struct TenantMutations;

#[Object]
impl TenantMutations {
    /// Makes a tenant. It has no API key yet: make one with `createApiKey` and its id.
    ///
    /// Needs the scope `OPERATE`.
    async fn create_tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant.")] input: CreateTenantInput,
    ) -> Result<TenantPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let Some(name) = refusals.name("name", &input.name) else {
            return Ok(TenantPayload::refused(refusals.into_vec()));
        };
        let result = scope.app().create_tenant(scope.request(), name).await;
        Ok(match settle(result, scope, |refusal| refused(refusal, field(refusal)))? {
            Ok(created) => TenantPayload::done(created.id, created.changed),
            Err(refusals) => TenantPayload::refused(refusals),
        })
    }

    /// Calls a tenant something else.
    ///
    /// Needs the scope `OPERATE`.
    async fn rename_tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant and its new name.")] input: RenameTenantInput,
    ) -> Result<TenantPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let id = refusals.id::<TenantId>("id", &input.id);
        let name = refusals.name("name", &input.name);
        let (Some(id), Some(name)) = (id, name) else {
            return Ok(TenantPayload::refused(refusals.into_vec()));
        };
        let expected = input.expected_version.map(|version| version.0);
        answer(id, scope.app().rename_tenant(scope.request(), id, expected, name).await, scope)
    }

    /// Refuses a tenant's calls from now on. What was accepted is delivered all the same.
    ///
    /// Needs the scope `OPERATE`.
    async fn suspend_tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant, and why.")] input: SuspendTenantInput,
    ) -> Result<TenantPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let id = refusals.id::<TenantId>("id", &input.id);
        let note = refusals.text("note", input.note.as_deref());
        let (Some(id), Some(note)) = (id, note) else {
            return Ok(TenantPayload::refused(refusals.into_vec()));
        };
        let expected = input.expected_version.map(|version| version.0);
        answer(id, scope.app().suspend_tenant(scope.request(), id, expected, note).await, scope)
    }

    /// Serves a tenant's calls again.
    ///
    /// Needs the scope `OPERATE`.
    async fn reinstate_tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant.")] input: ReinstateTenantInput,
    ) -> Result<TenantPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let Some(id) = refusals.id::<TenantId>("id", &input.id) else {
            return Ok(TenantPayload::refused(refusals.into_vec()));
        };
        let expected = input.expected_version.map(|version| version.0);
        answer(id, scope.app().reinstate_tenant(scope.request(), id, expected).await, scope)
    }
}

fn answer(
    id: TenantId,
    result: std::result::Result<Changed, app::Error<Refusal>>,
    scope: &Scope,
) -> Result<TenantPayload> {
    Ok(match settle(result, scope, |refusal| refused(refusal, field(refusal)))? {
        Ok(changed) => TenantPayload::done(id, changed),
        Err(refusals) => TenantPayload::refused(refusals),
    })
}

const fn field(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotFound | Refusal::OwnTenant => "id",
        Refusal::Stale { .. } => "expectedVersion",
        Refusal::TooMany { .. } => "",
    }
}
