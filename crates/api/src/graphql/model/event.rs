//! Published events.

use async_graphql::{Context, ID, Object, Result};
use domain::{EventId, SubscriptionId};
use projections::status::{self, DeliveryFilter, EventFilter};

use super::actor::Actor;
use super::delivery::{DeliveryConnection, deliveries};
use super::event_at_version::{EventAtVersion, ValidationProblem};
use super::explanation::MatchExplanation;
use super::scalars::{DateTime, Json, PositionText};
use crate::graphql::connection::{PageArgs, TOTAL_MAX, TotalCount, connection, list_cost};
use crate::graphql::entity::Entity;
use crate::graphql::errors::field_error;
use crate::graphql::loaders::{Content, ContentOf};
use crate::graphql::scope::{CtxExt, Scope};

/// A fact that was published.
#[derive(Debug, Clone)]
pub(crate) struct Event(pub(crate) status::Event);

/// A fact that was published.
#[Object]
impl Event {
    /// Names it globally.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What kind of fact it is, such as `benchmark.completed`.
    #[graphql(name = "type")]
    async fn event_type(&self) -> &str {
        self.0.event_type.as_str()
    }

    /// The version of the type's data.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// Where it happened.
    async fn source(&self) -> &str {
        self.0.source.as_str()
    }

    /// What the publisher calls it, if they said.
    async fn publisher_id(&self) -> Option<&str> {
        self.0.key.as_ref().map(domain::event::EventKey::as_str)
    }

    /// When it happened, as the publisher says.
    async fn time(&self) -> DateTime {
        self.0.time.into()
    }

    /// When it was accepted.
    async fn accepted_at(&self) -> DateTime {
        self.0.accepted_at.into()
    }

    /// Where it stands in the order of everything.
    async fn position(&self) -> PositionText {
        self.0.position.into()
    }

    /// How many bytes its data has.
    async fn data_bytes(&self) -> u64 {
        self.0.data_bytes
    }

    /// The fact itself, byte for byte as it was published: JSON as a text.
    #[graphql(complexity = 5)]
    async fn data_text(&self, ctx: &Context<'_>) -> Result<String> {
        let content = self.content(ctx.scope()).await?;
        let text = content.what.data.as_str();
        ctx.scope().charge(text.len())?;
        Ok(text.to_owned())
    }

    /// The fact itself as a JSON value. For its exact digits see `dataText`.
    #[graphql(complexity = 5)]
    async fn data(&self, ctx: &Context<'_>) -> Result<Json> {
        let content = self.content(ctx.scope()).await?;
        ctx.scope().charge(content.what.data.as_str().len())?;
        Ok(content.what.data.clone().into())
    }

    /// What the publisher says about it besides, byte for byte: a JSON object as a text.
    #[graphql(complexity = 5)]
    async fn metadata_text(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let content = self.content(ctx.scope()).await?;
        let text = content.what.metadata.as_ref().map(|metadata| metadata.as_str().to_owned());
        ctx.scope().charge(text.as_ref().map_or(0, String::len))?;
        Ok(text)
    }

    /// What the publisher says about it besides, as a JSON value.
    #[graphql(complexity = 5)]
    async fn metadata(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        let content = self.content(ctx.scope()).await?;
        ctx.scope().charge(content.what.metadata.as_ref().map_or(0, |metadata| metadata.as_str().len()))?;
        Ok(content.what.metadata.clone().map(Json))
    }

    /// What the schema of its type did not allow when it was published, although it was accepted.
    #[graphql(complexity = "5 + child_complexity")]
    async fn warnings(&self, ctx: &Context<'_>) -> Result<Vec<ValidationProblem>> {
        let content = self.content(ctx.scope()).await?;
        Ok(content.what.warnings.iter().map(ValidationProblem::from).collect())
    }

    /// The event at another version of its type, by what is registered now: at the latest that the mappings lead to, or at
    /// the one that is named, with the steps on the way. The version that is stored leaves it as it was published.
    #[graphql(name = "as", complexity = "10 + child_complexity")]
    async fn as_version(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version; the latest, if left out.")] version: Option<u32>,
    ) -> Result<EventAtVersion> {
        EventAtVersion::load(ctx.scope(), self.0.id, self.0.version, version).await
    }

    /// The event at the latest version of its type that the mappings lead to: `as` without a version.
    #[graphql(complexity = "10 + child_complexity")]
    async fn latest(&self, ctx: &Context<'_>) -> Result<EventAtVersion> {
        EventAtVersion::load(ctx.scope(), self.0.id, self.0.version, None).await
    }

    /// The event as it is stored: `as` at the version that it was published at.
    #[graphql(complexity = "10 + child_complexity")]
    async fn stored(&self, ctx: &Context<'_>) -> Result<EventAtVersion> {
        EventAtVersion::load(ctx.scope(), self.0.id, self.0.version, Some(self.0.version)).await
    }

    /// Who published it.
    #[graphql(complexity = "5 + child_complexity")]
    async fn published_by(&self, ctx: &Context<'_>) -> Result<Actor> {
        Ok(Actor::from(&self.content(ctx.scope()).await?.actor))
    }

    /// What its publisher called the call that it was published by (`X-Request-Id`), if they said.
    #[graphql(complexity = 5)]
    async fn correlation_id(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.content(ctx.scope()).await?.correlation.clone())
    }

    /// The trace that it was published in: a W3C `traceparent`.
    #[graphql(complexity = 5)]
    async fn trace_parent(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.content(ctx.scope()).await?.trace.clone())
    }

    /// Its deliveries: one for each subscription that it matched.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many of the list: 0 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the entry with this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many of the list: 0 to 100. Not together with `first`.")] last: Option<
            i32,
        >,
        #[graphql(desc = "Only what precedes the entry with this cursor.")] before: Option<String>,
    ) -> Result<DeliveryConnection> {
        let filter = DeliveryFilter { event: Some(self.0.id), ..DeliveryFilter::default() };
        deliveries(ctx.scope(), filter, PageArgs { first, after, last, before }).await
    }

    /// Whether it matched a subscription, and why or why not; none if there is no such subscription.
    #[graphql(complexity = "10 + child_complexity")]
    async fn match_explanation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription.")] subscription_id: ID,
    ) -> Result<Option<MatchExplanation>> {
        let subscription = subscription_id.parse::<SubscriptionId>();
        let subscription = subscription.map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        MatchExplanation::load(ctx.scope(), self.0.id, subscription).await
    }
}

impl Event {
    /// The cursor's kind of lists of these.
    pub(crate) const CURSOR: &'static str = "event";

    async fn content(&self, scope: &Scope) -> Result<Content> {
        let content = scope.loaders().load_one(ContentOf(self.0.id)).await?;
        content.ok_or_else(|| field_error("INTERNAL", "the content of the event could not be found"))
    }
}

impl Entity for Event {
    type Id = EventId;

    async fn load(scope: &Scope, id: &EventId) -> Result<Option<Self>> {
        scope.need(domain::Scope::Read)?;
        Ok(scope.loaders().load_one(*id).await?.map(Self))
    }
}

/// Counts the events of a list.
pub(crate) struct EventTotal(pub(crate) EventFilter);

impl EventTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<TotalCount> {
        let scope = ctx.scope();
        let counted =
            scope.views().status().count_events(scope.tenant(), self.0.clone(), TOTAL_MAX + 1).await;
        counted.map(TotalCount::of).map_err(|error| scope.read_error(&error))
    }
}

connection! {
    /// A page of events, newest first.
    EventConnection,
    /// An event in a list.
    EventEdge,
    Event,
    total: EventTotal
}
