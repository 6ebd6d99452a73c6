//! Deliveries, one and many.

use async_graphql::{Context, ID, Object, Result};
use domain::DeliveryId;

use crate::graphql::connection::{PageArgs, list_cost};
use crate::graphql::entity::Entity;
use crate::graphql::errors::{field_error, plain};
use crate::graphql::model::delivery::{Delivery, DeliveryConnection, DeliveryFilterInput, deliveries};
use crate::graphql::model::scalars::PositionText;
use crate::graphql::scope::CtxExt;

#[derive(Default)]
pub(crate) struct DeliveryQueries;

#[Object]
impl DeliveryQueries {
    /// The delivery with this id; none if there is none.
    ///
    /// Needs the scope `READ`.
    async fn delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id, `dlv_...`: what receivers see as `webhook-id`.")] id: ID,
        #[graphql(desc = "Wait until the views have come to this position: what a mutation answered with.")]
        min_position: Option<PositionText>,
    ) -> Result<Option<Delivery>> {
        let id =
            id.parse::<DeliveryId>().map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        ctx.scope().reach_if(min_position).await?;
        Delivery::load(ctx.scope(), &id).await
    }

    /// The deliveries of the tenant, newest first. Dead letters are those in the state `DEAD_LETTERED`.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a connection has this many")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all, if left out.")] filter: Option<DeliveryFilterInput>,
        #[graphql(desc = "The first so many of the list: 0 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the entry with this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many of the list: 0 to 100. Not together with `first`.")] last: Option<
            i32,
        >,
        #[graphql(desc = "Only what precedes the entry with this cursor.")] before: Option<String>,
        #[graphql(desc = "Wait until the views have come to this position: what a mutation answered with.")]
        min_position: Option<PositionText>,
    ) -> Result<DeliveryConnection> {
        let filter = filter.unwrap_or_default().read()?;
        ctx.scope().reach_if(min_position).await?;
        deliveries(ctx.scope(), filter, PageArgs { first, after, last, before }).await
    }

    /// How many deliveries `retryDeliveries` would look at, without changing anything.
    ///
    /// Needs the scope `MANAGE`.
    #[graphql(complexity = 100)]
    async fn retry_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which deliveries.")] filter: DeliveryFilterInput,
    ) -> Result<u64> {
        let (scope, filter) = (ctx.scope(), filter.read()?);
        let count = scope.app().preview_retry(scope.request(), &filter).await;
        count.map_err(|error| plain(error, scope.request_id()))
    }
}
