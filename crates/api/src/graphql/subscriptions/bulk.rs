//! How far bulk actions are.

use async_graphql::{Context, ID, Result, Subscription};
use domain::{BulkActionId, Sequence};
use futures_util::{Stream, stream};

use crate::graphql::entity::Entity;
use crate::graphql::errors::field_error;
use crate::graphql::model::bulk_action::BulkAction;
use crate::graphql::scope::CtxExt;

#[derive(Default)]
pub(crate) struct BulkSubscriptions;

#[Subscription]
impl BulkSubscriptions {
    /// How far a bulk action is: as it is now, and then whenever it is further, until it has ended. Steps that follow each
    /// other quickly are told as one.
    ///
    /// Needs the scope `READ`.
    async fn bulk_action_changes<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The bulk action.")] id: ID,
    ) -> Result<impl Stream<Item = Result<BulkAction>> + 'ctx> {
        let scope = ctx.scope();
        let id =
            id.parse::<BulkActionId>().map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        if BulkAction::load(scope, &id).await?.is_none() {
            return Err(field_error("NOT_FOUND", "the bulk action does not exist"));
        }
        let applied = scope.views().applied();
        let start = Some((applied, Sequence::NONE));
        Ok(stream::unfold(start, move |state| async move {
            let (mut applied, told) = state?;
            loop {
                applied.borrow_and_update();
                match BulkAction::load(scope, &id).await {
                    Ok(Some(action)) if action.0.version > told => {
                        let version = action.0.version;
                        let over = action.0.state != projections::tools::ActionState::Running;
                        scope.begin_item();
                        return Some((Ok(action), (!over).then_some((applied, version))));
                    }
                    Ok(_) => {}
                    Err(error) => return Some((Err(error), None)),
                }
                applied.changed().await.ok()?;
            }
        }))
    }
}
