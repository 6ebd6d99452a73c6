//! Whether a subscription could be made, or changed, as somebody fills in a form: by the very rules of the mutations.

use async_graphql::{Context, Object, Result, SimpleObject};
use domain::SubscriptionId;

use super::change::{UpdateSubscriptionInput, expected};
use super::create::CreateSubscriptionInput;
use super::field;
use crate::graphql::model::refusal::{Refusal, Refusals, refused};
use crate::graphql::mutations::payload::settle;
use crate::graphql::scope::CtxExt;

/// Whether a mutation would do what it is asked for.
#[derive(SimpleObject)]
struct Validation {
    /// Whether it would.
    ok: bool,
    /// Why it would not; empty if `ok`. The same as the mutation would answer with, and as many of them as can be told.
    refusals: Vec<Refusal>,
}

#[derive(Default)]
pub(crate) struct SubscriptionValidations;

#[Object]
impl SubscriptionValidations {
    /// Whether `createSubscription` would accept this now. Nothing is recorded.
    ///
    /// Needs the scope `MANAGE`.
    #[graphql(complexity = "100 + child_complexity")]
    async fn validate_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription.")] input: CreateSubscriptionInput,
    ) -> Result<Validation> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        scope.need(domain::Scope::Manage)?;
        let endpoint = scope.app().check_endpoint(scope.request(), &input.endpoint);
        let Some(new) = input.read(&mut refusals) else {
            // The mutation would stop here; a form has more than one field.
            let endpoint = endpoint.err().map(|refusal| refused(&refusal, field(&refusal)));
            return Ok(Validation::of(refusals.into_vec().into_iter().chain(endpoint.unwrap_or_default())));
        };
        let result = scope.app().check_subscription(scope.request(), new);
        let settled = settle(result, scope, |refusal| refused(refusal, field(refusal)))?;
        Ok(Validation::of(settled.err().unwrap_or_default()))
    }

    /// Whether `updateSubscription` would accept this now. Nothing is recorded.
    ///
    /// Needs the scope `MANAGE`.
    #[graphql(complexity = "100 + child_complexity")]
    async fn validate_subscription_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription and its changes.")] input: UpdateSubscriptionInput,
    ) -> Result<Validation> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        scope.need(domain::Scope::Manage)?;
        let id = refusals.id::<SubscriptionId>("id", &input.id);
        let expected = expected(input.expected_version);
        let endpoint =
            input.endpoint.as_deref().map_or(Ok(()), |url| scope.app().check_endpoint(scope.request(), url));
        let (Some(id), Some(changes)) = (id, input.read(&mut refusals)) else {
            let endpoint = endpoint.err().map(|refusal| refused(&refusal, field(&refusal)));
            return Ok(Validation::of(refusals.into_vec().into_iter().chain(endpoint.unwrap_or_default())));
        };
        let result = scope.app().check_update(scope.request(), id, expected, changes).await;
        let settled = settle(result, scope, |refusal| refused(refusal, field(refusal)))?;
        Ok(Validation::of(settled.err().unwrap_or_default()))
    }
}

impl Validation {
    fn of(refusals: impl IntoIterator<Item = Refusal>) -> Self {
        let refusals: Vec<_> = refusals.into_iter().collect();
        Self { ok: refusals.is_empty(), refusals }
    }
}
