//! Events, one and many, and why they matched.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::event::{EventKey, Source};
use domain::{EventId, SubscriptionId, TypePattern};
use projections::status::EventFilter;

use crate::graphql::connection::{PageArgs, list_cost, seal};
use crate::graphql::entity::Entity;
use crate::graphql::errors::field_error;
use crate::graphql::model::event::{Event, EventConnection, EventTotal};
use crate::graphql::model::explanation::MatchExplanation;
use crate::graphql::model::scalars::{DateTime, PositionText};
use crate::graphql::scope::CtxExt;

/// Which events a list shows: those that meet all that is given.
#[derive(Debug, Default, InputObject)]
struct EventFilterInput {
    /// Of this type (`benchmark.completed`), or of the types below a family (`benchmark.*`).
    #[graphql(name = "type")]
    event_type: Option<String>,
    /// From here.
    source: Option<String>,
    /// Called this by the publisher.
    publisher_id: Option<String>,
    /// Accepted at this instant or later.
    accepted_from: Option<DateTime>,
    /// Accepted before this instant.
    accepted_before: Option<DateTime>,
}

#[derive(Default)]
pub(crate) struct EventQueries;

#[Object]
impl EventQueries {
    /// The event with this id; none if there is none.
    ///
    /// Needs the scope `READ`.
    async fn event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id, `evt_...`.")] id: ID,
        #[graphql(desc = "Wait until the views have come to this position: what publishing answered with.")]
        min_position: Option<PositionText>,
    ) -> Result<Option<Event>> {
        let id = id.parse::<EventId>().map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        ctx.scope().reach_if(min_position).await?;
        Event::load(ctx.scope(), &id).await
    }

    /// The events of the tenant, newest first.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a connection has this many")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all, if left out.")] filter: Option<EventFilterInput>,
        #[graphql(desc = "The first so many of the list: 0 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the entry with this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many of the list: 0 to 100. Not together with `first`.")] last: Option<
            i32,
        >,
        #[graphql(desc = "Only what precedes the entry with this cursor.")] before: Option<String>,
        #[graphql(desc = "Wait until the views have come to this position: what publishing answered with.")]
        min_position: Option<PositionText>,
    ) -> Result<EventConnection> {
        let scope = ctx.scope();
        scope.need(domain::Scope::Read)?;
        let filter = filter.unwrap_or_default().read()?;
        let page =
            PageArgs { first, after, last, before }.window(Event::CURSOR)?.page(|key| key.parse().ok())?;
        scope.reach_if(min_position).await?;
        let listed = scope.views().status().events(scope.tenant(), filter.clone(), page).await;
        let listed = listed.map_err(|error| scope.read_error(&error))?;
        let nodes = listed.rows.into_iter().map(|row| {
            let cursor = seal(Event::CURSOR, &row.cursor().to_string());
            (Event(row), cursor)
        });
        Ok(EventConnection::new(nodes, listed.has_next, listed.has_previous, EventTotal(filter)))
    }

    /// Whether an event matched a subscription as it was when the event was recorded, and why or why not; none if one of
    /// them does not exist.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "10 + child_complexity")]
    async fn match_explanation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The event.")] event_id: ID,
        #[graphql(desc = "The subscription.")] subscription_id: ID,
    ) -> Result<Option<MatchExplanation>> {
        let bad = |error: domain::IdError| field_error("BAD_USER_INPUT", error.to_string());
        let event = event_id.parse::<EventId>().map_err(bad)?;
        let subscription = subscription_id.parse::<SubscriptionId>().map_err(bad)?;
        MatchExplanation::load(ctx.scope(), event, subscription).await
    }
}

impl EventFilterInput {
    fn read(self) -> Result<EventFilter> {
        let bad = |error: &dyn std::fmt::Display| field_error("BAD_USER_INPUT", error.to_string());
        let event_type = self.event_type.map(|pattern| TypePattern::parse(&pattern)).transpose();
        let source = self.source.map(|source| Source::new(&source)).transpose();
        let key = self.publisher_id.map(|key| EventKey::new(&key)).transpose();
        Ok(EventFilter {
            event_type: event_type.map_err(|error| bad(&error))?,
            source: source.map_err(|error| bad(&error))?,
            key: key.map_err(|error| bad(&error))?,
            from: self.accepted_from.map(|at| at.0),
            before: self.accepted_before.map(|at| at.0),
        })
    }
}
