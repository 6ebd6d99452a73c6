//! Trying deliveries again, and cancelling them.

use app::deliveries::Refusal;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::DeliveryId;

use super::payload::{payload, settle};
use crate::graphql::model::delivery::{Delivery, DeliveryFilterInput};
use crate::graphql::model::refusal::{Refusal as RefusalData, Refusals, refused};
use crate::graphql::model::scalars::PositionText;
use crate::graphql::scope::CtxExt;

/// How many deliveries one call looks at unless somebody says.
const LIMIT_DEFAULT: u32 = 100;

/// A delivery to try again.
#[derive(InputObject)]
struct RetryDeliveryInput {
    /// Its id.
    id: ID,
}

/// A delivery to try no more.
#[derive(InputObject)]
struct CancelDeliveryInput {
    /// Its id.
    id: ID,
    /// Why, in words that people will read: at most 1,024 characters.
    note: Option<String>,
}

/// Deliveries to try again.
#[derive(InputObject)]
struct RetryDeliveriesInput {
    /// Which deliveries. See `retryPreview` for how many that are.
    filter: DeliveryFilterInput,
    /// How many to look at in this call: 1 to 1,000, by default 100.
    limit: Option<u32>,
    /// Where to go on: `next` of the call before.
    after: Option<ID>,
}

payload! {
    /// What became of a delivery.
    DeliveryPayload,
    /// The delivery, as it is now. Needs the scope `READ`.
    delivery: Delivery = DeliveryId
}

/// What became of deliveries to try again.
#[derive(Default, SimpleObject)]
struct RetryDeliveriesPayload {
    /// Whether it was done, as far as the limit went.
    ok: bool,
    /// How many deliveries matched when the call began, after where it went on.
    matched: u64,
    /// How many will be attempted again because of this call.
    retried: u64,
    /// How many were left as they are: asked for already, or of a deleted subscription.
    skipped: u64,
    /// How many were not looked at, because the limit was reached.
    remaining: u64,
    /// What `after` takes to go on with those; none if nothing remains.
    next: Option<ID>,
    /// Where the last change stands in the order of everything, for `minPosition`; none if nothing was changed.
    position: Option<PositionText>,
    /// Why it was not done; empty if `ok`.
    refusals: Vec<RefusalData>,
}

#[derive(Default)]
pub(crate) struct DeliveryMutations;

#[Object]
impl DeliveryMutations {
    /// Attempts a delivery again now, with a new budget of attempts, whatever became of it before. One that waits for its
    /// first attempt is left as it is.
    ///
    /// Needs the scope `MANAGE`.
    async fn retry_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The delivery.")] input: RetryDeliveryInput,
    ) -> Result<DeliveryPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let Some(id) = refusals.id::<DeliveryId>("id", &input.id) else {
            return Ok(DeliveryPayload::refused(refusals.into_vec()));
        };
        let result = scope.app().retry_delivery(scope.request(), id).await;
        Ok(match settle(result, scope, |refusal| refused(refusal, field(refusal)))? {
            Ok(changed) => DeliveryPayload::done(id, changed),
            Err(refusals) => DeliveryPayload::refused(refusals),
        })
    }

    /// Attempts a delivery no more. A request that is under way ends as it ends. A dead letter is discarded by it: it keeps
    /// its `deadLetterReason`, and `cancellation` says by whom and why.
    ///
    /// Needs the scope `MANAGE`.
    async fn cancel_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The delivery, and why.")] input: CancelDeliveryInput,
    ) -> Result<DeliveryPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let id = refusals.id::<DeliveryId>("id", &input.id);
        let note = refusals.text("note", input.note.as_deref());
        let (Some(id), Some(note)) = (id, note) else {
            return Ok(DeliveryPayload::refused(refusals.into_vec()));
        };
        let result = scope.app().cancel_delivery(scope.request(), id, note).await;
        Ok(match settle(result, scope, |refusal| refused(refusal, field(refusal)))? {
            Ok(changed) => DeliveryPayload::done(id, changed),
            Err(refusals) => DeliveryPayload::refused(refusals),
        })
    }

    /// Attempts many deliveries again, newest first: as many as the limit says in one call.
    ///
    /// Needs the scope `MANAGE`.
    #[graphql(complexity = "500 + child_complexity")]
    async fn retry_deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The deliveries.")] input: RetryDeliveriesInput,
    ) -> Result<RetryDeliveriesPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let after = input.after.map(|id| refusals.id::<DeliveryId>("after", &id));
        if !refusals.is_empty() {
            return Ok(RetryDeliveriesPayload { refusals: refusals.into_vec(), ..Default::default() });
        }
        let filter = input.filter.read()?;
        let limit = usize::try_from(input.limit.unwrap_or(LIMIT_DEFAULT)).unwrap_or(usize::MAX);
        let result = scope.app().retry_deliveries(scope.request(), &filter, after.flatten(), limit).await;
        Ok(match settle(result, scope, |refusal| refused(refusal, "limit"))? {
            Ok(done) => RetryDeliveriesPayload {
                ok: true,
                matched: done.matched,
                retried: done.retried,
                skipped: done.skipped,
                remaining: done.remaining,
                next: done.next.map(Into::into),
                position: done.position.map(Into::into),
                refusals: Vec::new(),
            },
            Err(refusals) => RetryDeliveriesPayload { refusals, ..Default::default() },
        })
    }
}

const fn field(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Limit { .. } => "limit",
        Refusal::NotFound | Refusal::SubscriptionDeleted | Refusal::Rule(_) => "id",
    }
}
