//! Changing a subscription, and whether it delivers.

use app::Changed;
use app::subscriptions::{Changes, Refusal};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use domain::{Sequence, SubscriptionId};

use super::field;
use super::input::{HeaderChangesInput, LimitsInput, RetryPolicyInput};
use crate::graphql::model::refusal::{Refusals, refused};
use crate::graphql::model::scalars::{Json, Version};
use crate::graphql::model::subscription::{DeliveryFormat, Subscription};
use crate::graphql::mutations::input::LabelInput;
use crate::graphql::mutations::payload::{payload, settle};
use crate::graphql::scope::{CtxExt, Scope};

/// Changes of a subscription: all of them or none. What is left out stays as it is.
#[derive(InputObject)]
pub(super) struct UpdateSubscriptionInput {
    /// Which subscription.
    pub(super) id: ID,
    /// The version that the caller has seen: refused as `stale` if it is at another one. Without it, whatever it is at.
    pub(super) expected_version: Option<Version>,
    /// Where deliveries go, as in `createSubscription`. What already waits goes there too.
    pub(super) endpoint: Option<String>,
    /// Which types of event are wanted, as in `createSubscription`; these and no others.
    event_types: Option<Vec<String>>,
    /// Which of those events, as in `createSubscription`; `null` for all.
    filter: MaybeUndefined<Json>,
    /// How the added headers change.
    headers: Option<HeaderChangesInput>,
    /// In which form deliveries are sent; what waits is sent so, too.
    format: Option<DeliveryFormat>,
    /// Whether nothing is delivered before the endpoint has agreed: see `verifyEndpoint`.
    verify_endpoint: Option<bool>,
    /// When failed attempts are followed by others.
    retry_policy: Option<RetryPolicyInput>,
    /// How hard the endpoint may be pressed.
    limits: Option<LimitsInput>,
    /// What it is for: at most 1,024 characters.
    description: Option<String>,
    /// The owner's own labels, these and no others: at most 32.
    labels: Option<Vec<LabelInput>>,
}

/// Which subscription is meant.
#[derive(InputObject)]
struct SubscriptionInput {
    /// Its id.
    id: ID,
    /// The version that the caller has seen; without it, whatever it is at.
    expected_version: Option<Version>,
}

/// Which subscription is meant, and why.
#[derive(InputObject)]
struct SubscriptionNoteInput {
    /// Its id.
    id: ID,
    /// The version that the caller has seen; without it, whatever it is at.
    expected_version: Option<Version>,
    /// Why, in words that people will read: at most 1,024 characters.
    note: Option<String>,
}

payload! {
    /// What became of a subscription.
    SubscriptionPayload,
    /// The subscription, as it is now; none once it is deleted. Needs the scope `READ`.
    subscription: Subscription = SubscriptionId
}

#[derive(Default)]
pub(crate) struct SubscriptionMutations;

#[Object]
impl SubscriptionMutations {
    /// Changes a subscription: all of the changes or none. What is so already is not recorded again.
    ///
    /// Needs the scope `MANAGE`.
    async fn update_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription and its changes.")] input: UpdateSubscriptionInput,
    ) -> Result<SubscriptionPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let id = refusals.id::<SubscriptionId>("id", &input.id);
        let expected = expected(input.expected_version);
        let (Some(id), Some(changes)) = (id, input.read(&mut refusals)) else {
            return Ok(SubscriptionPayload::refused(refusals.into_vec()));
        };
        answer(id, scope.app().update_subscription(scope.request(), id, expected, changes).await, scope)
    }

    /// Asks the endpoint whether it agrees to deliveries, as the CloudEvents webhook specification has it: an `OPTIONS`
    /// request with `WebHook-Request-Origin`, answered with `WebHook-Allowed-Origin` and `WebHook-Allowed-Rate`. Takes
    /// up to ten seconds. The answer is recorded, whatever it is; `ok` says whether the endpoint agreed.
    ///
    /// Needs the scope `MANAGE`.
    async fn verify_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription.")] input: SubscriptionInput,
    ) -> Result<SubscriptionPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let Some(id) = refusals.id("id", &input.id) else {
            return Ok(SubscriptionPayload::refused(refusals.into_vec()));
        };
        let result = scope.app().verify_endpoint(scope.request(), id, expected(input.expected_version)).await;
        Ok(match settle(result, scope, |refusal| refused(refusal, field(refusal)))? {
            Ok(verified) => {
                if let Err(reason) = &verified.answer {
                    refusals.add("id", reason.code(), reason);
                }
                let (ok, refusals) = (verified.answer.is_ok(), refusals.into_vec());
                SubscriptionPayload { ok, refusals, ..SubscriptionPayload::done(id, verified.changed) }
            }
            Err(refusals) => SubscriptionPayload::refused(refusals),
        })
    }

    /// Lets a disabled subscription take events again, and delivers what waited. A paused one is resumed instead.
    ///
    /// Needs the scope `MANAGE`.
    async fn activate_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription.")] input: SubscriptionInput,
    ) -> Result<SubscriptionPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let Some(id) = refusals.id("id", &input.id) else {
            return Ok(SubscriptionPayload::refused(refusals.into_vec()));
        };
        let expected = expected(input.expected_version);
        answer(id, scope.app().activate_subscription(scope.request(), id, expected).await, scope)
    }

    /// Holds deliveries back until the subscription is resumed. Events still match, and wait.
    ///
    /// Needs the scope `MANAGE`.
    async fn pause_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription, and why.")] input: SubscriptionNoteInput,
    ) -> Result<SubscriptionPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let (Some(id), Some(note)) =
            (refusals.id("id", &input.id), refusals.text("note", input.note.as_deref()))
        else {
            return Ok(SubscriptionPayload::refused(refusals.into_vec()));
        };
        let expected = expected(input.expected_version);
        answer(id, scope.app().pause_subscription(scope.request(), id, expected, note).await, scope)
    }

    /// Delivers again what a pause held back.
    ///
    /// Needs the scope `MANAGE`.
    async fn resume_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription.")] input: SubscriptionInput,
    ) -> Result<SubscriptionPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let Some(id) = refusals.id("id", &input.id) else {
            return Ok(SubscriptionPayload::refused(refusals.into_vec()));
        };
        let expected = expected(input.expected_version);
        answer(id, scope.app().resume_subscription(scope.request(), id, expected).await, scope)
    }

    /// Lets a subscription take no more events. What waits is kept, and goes on once it is activated.
    ///
    /// Needs the scope `MANAGE`.
    async fn disable_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription, and why.")] input: SubscriptionNoteInput,
    ) -> Result<SubscriptionPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let (Some(id), Some(note)) =
            (refusals.id("id", &input.id), refusals.text("note", input.note.as_deref()))
        else {
            return Ok(SubscriptionPayload::refused(refusals.into_vec()));
        };
        let expected = expected(input.expected_version);
        answer(id, scope.app().disable_subscription(scope.request(), id, expected, note).await, scope)
    }

    /// Removes a subscription for good, and cancels what waits. Its deliveries and its history stay readable.
    ///
    /// Needs the scope `MANAGE`.
    async fn delete_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription.")] input: SubscriptionInput,
    ) -> Result<SubscriptionPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let Some(id) = refusals.id("id", &input.id) else {
            return Ok(SubscriptionPayload::refused(refusals.into_vec()));
        };
        let expected = expected(input.expected_version);
        answer(id, scope.app().delete_subscription(scope.request(), id, expected).await, scope)
    }
}

impl UpdateSubscriptionInput {
    pub(super) fn read(self, refusals: &mut Refusals) -> Option<Changes> {
        let changes = Changes {
            endpoint: self.endpoint,
            event_types: self.event_types.and_then(|types| refusals.event_types("eventTypes", &types)),
            filter: match self.filter {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(filter) => refusals.filter("filter", &filter).map(Some),
            },
            headers: self.headers.and_then(|headers| refusals.header_changes("headers", headers)),
            format: self.format.map(Into::into),
            verify_endpoint: self.verify_endpoint,
            retry: self.retry_policy.and_then(|policy| refusals.retry_policy("retryPolicy", Some(policy))),
            limits: self.limits.and_then(|limits| refusals.limits("limits", Some(&limits))),
            description: self.description.and_then(|text| refusals.text("description", Some(&text))),
            metadata: self.labels.and_then(|labels| refusals.labels("labels", labels)),
        };
        refusals.is_empty().then_some(changes)
    }
}

pub(super) fn expected(version: Option<Version>) -> Option<Sequence> {
    version.map(|version| version.0)
}

fn answer(
    id: SubscriptionId,
    result: std::result::Result<Changed, app::Error<Refusal>>,
    scope: &Scope,
) -> Result<SubscriptionPayload> {
    Ok(match settle(result, scope, |refusal| refused(refusal, field(refusal)))? {
        Ok(changed) => SubscriptionPayload::done(id, changed),
        Err(refusals) => SubscriptionPayload::refused(refusals),
    })
}
