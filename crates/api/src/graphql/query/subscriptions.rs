//! Subscriptions, one and many.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::{EventType, SubscriptionId};
use projections::status::SubscriptionFilter;

use crate::graphql::connection::{PageArgs, list_cost, times};
use crate::graphql::entity::Entity;
use crate::graphql::errors::field_error;
use crate::graphql::model::policy::RetryPolicy;
use crate::graphql::model::refusal::Refusals;
use crate::graphql::model::scalars::PositionText;
use crate::graphql::model::subscription::{
    Subscription, SubscriptionConnection, SubscriptionState, subscriptions,
};
use crate::graphql::mutations::RetryPolicyInput;
use crate::graphql::scope::CtxExt;

/// Which subscriptions a list shows: those that meet all that is given.
#[derive(Debug, Default, InputObject)]
struct SubscriptionFilterInput {
    /// In one of these states; in any but `DELETED`, if left out or empty.
    states: Option<Vec<SubscriptionState>>,
    /// With this text in endpoint or description, whichever way it is capitalised.
    search: Option<String>,
    /// That want events of this type.
    event_type: Option<String>,
}

#[derive(Default)]
pub(crate) struct SubscriptionQueries;

#[Object]
impl SubscriptionQueries {
    /// The subscription with this id, also if it was deleted; none if there is none.
    ///
    /// Needs the scope `READ`.
    async fn subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id, `sub_...`.")] id: ID,
        #[graphql(desc = "Wait until the views have come to this position: what a mutation answered with.")]
        min_position: Option<PositionText>,
    ) -> Result<Option<Subscription>> {
        let id =
            id.parse::<SubscriptionId>().map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        ctx.scope().reach_if(min_position).await?;
        Subscription::load(ctx.scope(), &id).await
    }

    /// The subscriptions of the tenant, newest first.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a connection has this many")]
    async fn subscriptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all that were not deleted, if left out.")] filter: Option<
            SubscriptionFilterInput,
        >,
        #[graphql(desc = "The first so many of the list: 0 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the entry with this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many of the list: 0 to 100. Not together with `first`.")] last: Option<
            i32,
        >,
        #[graphql(desc = "Only what precedes the entry with this cursor.")] before: Option<String>,
        #[graphql(desc = "Wait until the views have come to this position: what a mutation answered with.")]
        min_position: Option<PositionText>,
    ) -> Result<SubscriptionConnection> {
        let scope = ctx.scope();
        scope.need(domain::Scope::Read)?;
        let filter = filter.unwrap_or_default().read()?;
        scope.reach_if(min_position).await?;
        subscriptions(scope, filter, PageArgs { first, after, last, before }).await
    }

    /// What a retry policy would come to, without a subscription that has it.
    #[graphql(complexity = "times(1, child_complexity)")]
    async fn retry_policy_preview(
        &self,
        #[graphql(desc = "The policy.")] policy: RetryPolicyInput,
    ) -> Result<RetryPolicy> {
        let mut refusals = Refusals::default();
        let policy = refusals.retry_policy("policy", Some(policy));
        policy.map(RetryPolicy).ok_or_else(|| field_error("BAD_USER_INPUT", refusals.into_message()))
    }
}

impl SubscriptionFilterInput {
    fn read(self) -> Result<SubscriptionFilter> {
        let event_type = self.event_type.map(|name| EventType::parse(&name)).transpose();
        let mut states: Vec<_> = self.states.unwrap_or_default().into_iter().map(Into::into).collect();
        states.sort_unstable();
        states.dedup();
        Ok(SubscriptionFilter {
            states,
            search: self.search.filter(|search| !search.trim().is_empty()),
            event_type: event_type.map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?,
        })
    }
}
