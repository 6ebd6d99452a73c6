//! Event types, one and many.

use async_graphql::{Context, Object, Result};

use crate::graphql::connection::{PageArgs, Slice, bad_cursor, list_cost, seal, slice};
use crate::graphql::entity::Entity;
use crate::graphql::errors::field_error;
use crate::graphql::model::event_type::{EventType, EventTypeConnection};
use crate::graphql::scope::CtxExt;

#[derive(Default)]
pub(crate) struct EventTypeQueries;

#[Object]
impl EventTypeQueries {
    /// The registered event type of this name, archived or not; none if there is none.
    ///
    /// Needs the scope `READ`.
    async fn event_type(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The name, such as `benchmark.completed`.")] name: String,
    ) -> Result<Option<EventType>> {
        let name = domain::EventType::parse(&name)
            .map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        EventType::load(ctx.scope(), &name).await
    }

    /// The registered event types of the tenant, archived or not, in the order of their names.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn event_types(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many of the list: 0 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the entry with this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many of the list: 0 to 100. Not together with `first`.")] last: Option<
            i32,
        >,
        #[graphql(desc = "Only what precedes the entry with this cursor.")] before: Option<String>,
    ) -> Result<EventTypeConnection> {
        let window = PageArgs { first, after, last, before }.window(EventType::CURSOR)?;
        let all = EventType::all(ctx.scope())?;
        let name = |text: &str| domain::EventType::parse(text).map_err(|_| bad_cursor());
        let Slice { entries, has_next, has_previous } =
            slice(all, &window, |entry| entry.key().clone(), name)?;
        let nodes = entries.into_iter().map(|entry| {
            let cursor = seal(EventType::CURSOR, entry.key().as_str());
            (entry, cursor)
        });
        Ok(EventTypeConnection::new(nodes, has_next, has_previous))
    }
}
