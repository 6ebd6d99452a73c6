//! Inboxes, one and all.

use async_graphql::{Context, ID, Object, Result};

use crate::graphql::connection::times;
use crate::graphql::errors::plain;
use crate::graphql::model::inbox::Inbox;
use crate::graphql::scope::CtxExt;

#[derive(Default)]
pub(crate) struct InboxQueries;

#[Object]
impl InboxQueries {
    /// The inbox with this id; none if there is none, or it has expired.
    ///
    /// Needs the scope `READ`.
    async fn inbox(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id, `inb_...`.")] id: ID,
    ) -> Result<Option<Inbox>> {
        let scope = ctx.scope();
        let found = scope.app().inbox(scope.request(), &id);
        Ok(found.map_err(|error| plain(error, scope.request_id()))?.map(Inbox))
    }

    /// The inboxes of the tenant, newest first: at most 20.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "times(20, child_complexity)")]
    async fn inboxes(&self, ctx: &Context<'_>) -> Result<Vec<Inbox>> {
        let scope = ctx.scope();
        let found = scope.app().inboxes(scope.request());
        Ok(found.map_err(|error| plain(error, scope.request_id()))?.into_iter().map(Inbox).collect())
    }
}
