//! Dead letters by cause, and what is done to many deliveries.

use async_graphql::{Context, ID, Object, Result};
use domain::{BulkActionId, SubscriptionId};

use crate::graphql::connection::{PageArgs, list_cost, seal, times};
use crate::graphql::entity::Entity;
use crate::graphql::errors::field_error;
use crate::graphql::model::bulk_action::{BulkAction, BulkActionConnection};
use crate::graphql::model::dead_letters::DeadLetterGroups;
use crate::graphql::model::scalars::PositionText;
use crate::graphql::scope::CtxExt;

#[derive(Default)]
pub(crate) struct BulkQueries;

#[Object]
impl BulkQueries {
    /// Dead letters by cause: what they have in common is their subscription, the reason, and the last answer.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "times(50, child_complexity)")]
    async fn dead_letter_groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this subscription.")] subscription_id: Option<ID>,
        #[graphql(desc = "Wait until the views have come to this position: what a mutation answered with.")]
        min_position: Option<PositionText>,
    ) -> Result<DeadLetterGroups> {
        let scope = ctx.scope();
        scope.need(domain::Scope::Read)?;
        let subscription = subscription_id.map(|id| id.parse::<SubscriptionId>()).transpose();
        let subscription = subscription.map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        scope.reach_if(min_position).await?;
        let found = scope.views().status().dead_letter_groups(scope.tenant(), subscription).await;
        Ok(found.map_err(|error| scope.read_error(&error))?.into())
    }

    /// The bulk action with this id; none if there is none.
    ///
    /// Needs the scope `READ`.
    async fn bulk_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id, `act_...`.")] id: ID,
        #[graphql(desc = "Wait until the views have come to this position: what a mutation answered with.")]
        min_position: Option<PositionText>,
    ) -> Result<Option<BulkAction>> {
        let id =
            id.parse::<BulkActionId>().map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        ctx.scope().reach_if(min_position).await?;
        BulkAction::load(ctx.scope(), &id).await
    }

    /// The bulk actions of the tenant, newest first: those that go on, and those that have ended.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn bulk_actions(
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
    ) -> Result<BulkActionConnection> {
        let scope = ctx.scope();
        scope.need(domain::Scope::Read)?;
        let page = PageArgs { first, after, last, before }
            .window(BulkAction::CURSOR)?
            .page(|key| key.parse().ok())?;
        scope.reach_if(min_position).await?;
        let listed = scope.views().tools().actions(scope.tenant(), page).await;
        let listed = listed.map_err(|error| scope.read_error(&error))?;
        let nodes = listed.rows.into_iter().map(|row| {
            let cursor = seal(BulkAction::CURSOR, &row.id.to_string());
            (BulkAction(row), cursor)
        });
        Ok(BulkActionConnection::new(nodes, listed.has_next, listed.has_previous))
    }
}
