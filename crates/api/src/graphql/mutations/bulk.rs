//! Doing something to many deliveries.

use app::bulk::{DELIVERIES_MAX, NewBulkAction, Refusal};
use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::BulkActionId;

use super::payload::{payload, settle};
use crate::graphql::model::bulk_action::{BulkAction, BulkActionKind};
use crate::graphql::model::delivery::DeliveryFilterInput;
use crate::graphql::model::refusal::{Refusals, refused};
use crate::graphql::scope::CtxExt;

/// Something to do to many deliveries.
#[derive(InputObject)]
struct StartBulkActionInput {
    /// What to do to each.
    kind: BulkActionKind,
    /// Which deliveries; dead letters, if it says nothing of states.
    filter: DeliveryFilterInput,
    /// Why, in words that people will read: at most 1,024 characters.
    note: Option<String>,
    /// How many to look at, at most: 1 to 1,000,000, which is also the default.
    deliveries_max: Option<u64>,
}

/// A bulk action to end early.
#[derive(InputObject)]
struct CancelBulkActionInput {
    /// Its id.
    id: ID,
    /// Why, in words that people will read: at most 1,024 characters.
    note: Option<String>,
}

payload! {
    /// What became of a bulk action.
    BulkActionPayload,
    /// The bulk action, as it is now. Needs the scope `READ`.
    bulk_action: BulkAction = BulkActionId
}

#[derive(Default)]
pub(crate) struct BulkMutations;

#[Object]
impl BulkMutations {
    /// Begins to retry or to cancel all deliveries that match now, newest first. It goes on in the server, also after a
    /// restart, until all were dealt with or somebody cancels it; `bulkAction` and `bulkActionChanges` tell how far it is.
    ///
    /// Needs the scope `MANAGE`. At most 5 of a tenant go on at the same time.
    async fn start_bulk_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do to which deliveries.")] input: StartBulkActionInput,
    ) -> Result<BulkActionPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let filter = input.filter.read()?;
        let Some(note) = refusals.text("note", input.note.as_deref()) else {
            return Ok(BulkActionPayload::refused(refusals.into_vec()));
        };
        let limit = input.deliveries_max.unwrap_or(DELIVERIES_MAX);
        let new = NewBulkAction { kind: input.kind.into(), filter, note, limit };
        let started = scope.app().start_bulk_action(scope.request(), new).await;
        Ok(match settle(started, scope, |refusal| refused(refusal, field(refusal)))? {
            Ok(started) => BulkActionPayload::done(started.id, started.changed),
            Err(refusals) => BulkActionPayload::refused(refusals),
        })
    }

    /// Ends a bulk action early. What it has done stays done.
    ///
    /// Needs the scope `MANAGE`.
    async fn cancel_bulk_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The bulk action, and why.")] input: CancelBulkActionInput,
    ) -> Result<BulkActionPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let (Some(id), Some(note)) =
            (refusals.id::<BulkActionId>("id", &input.id), refusals.text("note", input.note.as_deref()))
        else {
            return Ok(BulkActionPayload::refused(refusals.into_vec()));
        };
        let cancelled = scope.app().cancel_bulk_action(scope.request(), id, note).await;
        Ok(match settle(cancelled, scope, |refusal| refused(refusal, field(refusal)))? {
            Ok(changed) => BulkActionPayload::done(id, changed),
            Err(refusals) => BulkActionPayload::refused(refusals),
        })
    }
}

/// Which argument a refusal is about.
const fn field(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotFound | Refusal::Stale { .. } | Refusal::Rule(_) => "id",
        Refusal::TooMany { .. } => "",
        Refusal::Limit { .. } => "deliveriesMax",
    }
}
