//! Events as they are published.

use async_graphql::{Context, Result, SimpleObject, Subscription, Union};
use domain::TypePattern;
use futures_util::{Stream, StreamExt, stream};

use super::source::{FeedLagged, notices};
use crate::graphql::errors::field_error;
use crate::graphql::model::event::Event;
use crate::graphql::scope::CtxExt;

/// An event was published.
#[derive(SimpleObject)]
struct EventPublished {
    /// The event.
    event: Event,
}

/// What the feed of events tells.
#[derive(Union)]
enum EventFeedItem {
    /// An event was published.
    Published(Box<EventPublished>),
    /// Events were not told.
    Lagged(FeedLagged),
}

#[derive(Default)]
pub(crate) struct EventSubscriptions;

#[Subscription]
impl EventSubscriptions {
    /// The tenant's events as they are published, from now on.
    ///
    /// Needs the scope `READ`.
    async fn event_published<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(
            desc = "Only events of this type (`benchmark.completed`), or of the types below a family (`benchmark.*`).",
            name = "type"
        )]
        event_type: Option<String>,
    ) -> Result<impl Stream<Item = EventFeedItem> + 'ctx> {
        let scope = ctx.scope();
        scope.need(domain::Scope::Read)?;
        let pattern = event_type.map(|pattern| TypePattern::parse(&pattern)).transpose();
        let pattern = pattern.map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        let feed = scope.state().feed();
        let (receiver, head) = (feed.listen(scope.tenant()), feed.clone());
        let notices = notices(receiver, move || head.head());
        let items = notices.flat_map(move |notice| {
            let items: Vec<_> = match notice {
                Ok(changes) => {
                    let wanted = changes.events.iter();
                    let wanted = wanted.filter(|row| {
                        pattern.as_ref().is_none_or(|pattern| pattern.matches(&row.event_type))
                    });
                    wanted
                        .map(|row| {
                            EventFeedItem::Published(Box::new(EventPublished { event: Event(row.clone()) }))
                        })
                        .collect()
                }
                Err(position) => vec![EventFeedItem::Lagged(position.into())],
            };
            stream::iter(items)
        });
        Ok(items.inspect(|_| scope.begin_item()))
    }
}
