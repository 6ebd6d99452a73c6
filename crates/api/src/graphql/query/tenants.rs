//! Tenants, for operators.

use async_graphql::{Context, Object, Result};

use crate::graphql::connection::{PageArgs, list_cost, seal};
use crate::graphql::model::scalars::PositionText;
use crate::graphql::model::tenant::{Tenant, TenantConnection};
use crate::graphql::scope::CtxExt;

#[derive(Default)]
pub(crate) struct TenantQueries;

#[Object]
impl TenantQueries {
    /// All tenants, newest first.
    ///
    /// Needs the scope `OPERATE`.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn tenants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many of the list: 0 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the entry with this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many of the list: 0 to 100. Not together with `first`.")] last: Option<
            i32,
        >,
        #[graphql(desc = "Only what precedes the entry with this cursor.")] before: Option<String>,
        #[graphql(desc = "Wait until the views have come to this position: what a mutation answered with.")]
        min_position: Option<PositionText>,
    ) -> Result<TenantConnection> {
        let scope = ctx.scope();
        scope.need(domain::Scope::Operate)?;
        let page =
            PageArgs { first, after, last, before }.window(Tenant::CURSOR)?.page(|key| key.parse().ok())?;
        scope.reach_if(min_position).await?;
        let listed = scope.views().status().tenants(page).await;
        let listed = listed.map_err(|error| scope.read_error(&error))?;
        let nodes = listed.rows.into_iter().map(|row| {
            let cursor = seal(Tenant::CURSOR, &row.id.to_string());
            (Tenant(row), cursor)
        });
        Ok(TenantConnection::new(nodes, listed.has_next, listed.has_previous))
    }
}
