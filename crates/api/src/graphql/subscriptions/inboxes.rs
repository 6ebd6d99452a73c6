//! What arrives in an inbox.

use async_graphql::{Context, ID, Result, SimpleObject, Subscription, Union};
use futures_util::{Stream, StreamExt, stream};

use crate::graphql::errors::{field_error, plain};
use crate::graphql::model::inbox::InboxRequest;
use crate::graphql::scope::CtxExt;

/// Requests arrived that were gone before they could be told.
#[derive(Debug, Clone, SimpleObject)]
struct InboxLagged {
    /// How many.
    count: u64,
}

/// What the feed of an inbox tells.
#[derive(Union)]
enum InboxFeedItem {
    /// A request arrived.
    Request(InboxRequest),
    /// Requests were not told.
    Lagged(InboxLagged),
}

#[derive(Default)]
pub(crate) struct InboxSubscriptions;

#[Subscription]
impl InboxSubscriptions {
    /// Requests as they arrive in an inbox, from now on and until it goes away.
    ///
    /// Needs the scope `READ`.
    async fn inbox_requests<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The inbox.")] inbox_id: ID,
    ) -> Result<impl Stream<Item = Result<InboxFeedItem>> + 'ctx> {
        let scope = ctx.scope();
        let changes = scope.app().follow_inbox(scope.request(), &inbox_id);
        let changes = changes.map_err(|error| plain(error, scope.request_id()))?;
        let changes =
            changes.ok_or_else(|| field_error("NOT_FOUND", "the inbox does not exist, or has expired"))?;
        let pages = stream::unfold(changes, |mut changes| async move {
            let page = changes.next().await?;
            Some((page, changes))
        });
        Ok(pages.flat_map(move |(lost, requests)| {
            let lagged = (lost > 0).then_some(Ok(InboxFeedItem::Lagged(InboxLagged { count: lost })));
            let inbox = inbox_id.clone();
            let told = requests.into_iter().map(move |request| {
                scope.begin_item();
                InboxRequest::charged(scope, &inbox, request).map(InboxFeedItem::Request)
            });
            stream::iter(lagged.into_iter().chain(told))
        }))
    }
}
