//! Who is asking.

use async_graphql::{Context, Object, Result};

use super::actor::Actor;
use super::api_key::{ApiKey, Scope};
use super::tenant::Tenant;
use crate::graphql::entity::Entity;
use crate::graphql::scope::CtxExt;

/// Who is asking, and what they may ask for.
pub(crate) struct Viewer;

/// Who is asking, and what they may ask for.
#[Object]
impl Viewer {
    /// The tenant whose data the caller may touch.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Option<Tenant>> {
        Tenant::load(ctx.scope(), &ctx.scope().tenant()).await
    }

    /// What the caller may ask for.
    async fn scopes(&self, ctx: &Context<'_>) -> Vec<Scope> {
        ctx.scope().request().caller().scopes.iter().map(|scope| (*scope).into()).collect()
    }

    /// Who the caller is.
    async fn actor(&self, ctx: &Context<'_>) -> Actor {
        Actor::from(&ctx.scope().request().caller().actor)
    }

    /// The API key that the caller holds. Needs the scope `READ`.
    async fn api_key(&self, ctx: &Context<'_>) -> Result<Option<ApiKey>> {
        match &ctx.scope().request().caller().actor {
            domain::Actor::ApiKey { id } => ApiKey::load(ctx.scope(), id).await,
            domain::Actor::Operator | domain::Actor::Engine | domain::Actor::System => Ok(None),
        }
    }
}
