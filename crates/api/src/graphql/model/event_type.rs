//! Event types.

use std::sync::Arc;

use app::catalog::{EventTypeEntry, VersionEntry};
use app::event_types::PAGE_MAX;
use async_graphql::{Context, ID, Object, Result};
use domain::EventTypeId;
use projections::status::SubscriptionFilter;

use super::event_type_version::{EventTypeDeprecation, EventTypeOrigin, EventTypeVersion, ValidationMode};
use super::scalars::{DateTime, Version};
use super::subscription::{SubscriptionConnection, subscriptions};
use crate::graphql::connection::{PageArgs, connection, list_cost};
use crate::graphql::entity::Entity;
use crate::graphql::errors::plain;
use crate::graphql::scope::{CtxExt, Scope};

/// A type of event that may be published, such as `benchmark.completed`.
#[derive(Debug, Clone)]
pub(crate) struct EventType {
    id: EventTypeId,
    entry: EventTypeEntry,
}

/// A type of event that may be published, such as `benchmark.completed`.
#[Object]
impl EventType {
    /// Names it globally.
    pub(crate) async fn id(&self) -> ID {
        self.id.into()
    }

    /// What events of it say as their `type`.
    async fn name(&self) -> &str {
        self.entry.name.as_str()
    }

    /// What it means, in its owner's words.
    async fn description(&self) -> &str {
        self.entry.description.as_str()
    }

    /// Whether it may no longer be published. Registering it again restores it.
    async fn archived(&self) -> bool {
        self.entry.archived
    }

    /// When it was registered first.
    async fn registered_at(&self) -> DateTime {
        self.entry.registered_at.into()
    }

    /// The family that it belongs to: what stands before the last full stop of its name; none if there is none.
    async fn family(&self) -> Option<&str> {
        self.entry.name.parents().next()
    }

    /// Whose versions it has.
    async fn origin(&self) -> EventTypeOrigin {
        self.entry.origin.into()
    }

    /// How the data of its events is validated when the tenant publishes them.
    async fn validation(&self) -> ValidationMode {
        self.entry.mode.into()
    }

    /// Its versions, oldest first; none if its data is whatever it is.
    async fn versions(&self) -> Vec<EventTypeVersion> {
        self.entry.versions.iter().map(|version| self.version_of(version)).collect()
    }

    /// The newest version, or the one that is named; none if there is none.
    async fn at_version(
        &self,
        #[graphql(desc = "The number of the version; the newest, if left out.")] number: Option<u32>,
    ) -> Option<EventTypeVersion> {
        let version = match number {
            Some(number) => self.entry.version(number),
            None => self.entry.versions.last(),
        };
        version.map(|version| self.version_of(version))
    }

    /// What should not be used any more: the type, or versions of it.
    async fn deprecations(&self) -> Vec<EventTypeDeprecation> {
        self.entry.deprecations.iter().map(EventTypeDeprecation::from).collect()
    }

    /// The subscriptions that want events of it, newest first: those that were not deleted.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn subscribers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many of the list: 0 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the entry with this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many of the list: 0 to 100. Not together with `first`.")] last: Option<
            i32,
        >,
        #[graphql(desc = "Only what precedes the entry with this cursor.")] before: Option<String>,
    ) -> Result<SubscriptionConnection> {
        let filter = SubscriptionFilter { event_type: Some(self.entry.name.clone()), ..Default::default() };
        subscriptions(ctx.scope(), filter, PageArgs { first, after, last, before }).await
    }

    /// What `expectedVersion` takes.
    async fn version(&self) -> Version {
        self.entry.version.into()
    }
}

impl EventType {
    /// The cursor's kind of lists of these.
    pub(crate) const CURSOR: &'static str = "event-type";

    fn version_of(&self, entry: &Arc<VersionEntry>) -> EventTypeVersion {
        let deprecation = self.entry.deprecation(entry.spec.number).map(EventTypeDeprecation::from);
        EventTypeVersion { entry: entry.clone(), deprecation }
    }

    /// What its name, its description and its schemas' names are searched for.
    pub(crate) fn mentions(&self, search: &str) -> bool {
        let within = |text: &str| text.to_lowercase().contains(search);
        within(self.entry.name.as_str()) || within(self.entry.description.as_str())
    }

    /// Whether it is below this family, at any depth.
    pub(crate) fn is_below(&self, family: &str) -> bool {
        self.entry.name.parents().any(|parent| parent == family)
    }

    /// What `entry` tells, for the tenant of `scope`.
    pub(crate) fn new(scope: &Scope, entry: EventTypeEntry) -> Self {
        Self { id: EventTypeId::of(scope.tenant(), entry.name.as_str()), entry }
    }

    /// Every type of the caller's tenant, in the order of their names. Their number is bounded, and they are in memory.
    pub(crate) fn all(scope: &Scope) -> Result<Vec<Self>> {
        let mut all: Vec<Self> = Vec::new();
        loop {
            let after = all.last().map(|last| last.entry.name.clone());
            let page = scope.app().event_types(scope.request(), after.as_ref(), PAGE_MAX);
            let page = page.map_err(|error| plain(error, scope.request_id()))?;
            let complete = page.len() < PAGE_MAX;
            all.extend(page.into_iter().map(|entry| Self::new(scope, entry)));
            if complete {
                return Ok(all);
            }
        }
    }

    /// The type with this id.
    pub(crate) fn by_id(scope: &Scope, id: EventTypeId) -> Result<Option<Self>> {
        Ok(Self::all(scope)?.into_iter().find(|event_type| event_type.id == id))
    }

    /// What lists are ordered by.
    pub(crate) fn key(&self) -> &domain::EventType {
        &self.entry.name
    }
}

impl Entity for EventType {
    type Id = domain::EventType;

    async fn load(scope: &Scope, name: &domain::EventType) -> Result<Option<Self>> {
        let entry = scope.app().event_type(scope.request(), name);
        let entry = entry.map_err(|error| plain(error, scope.request_id()))?;
        Ok(entry.map(|entry| Self::new(scope, entry)))
    }
}

connection! {
    /// A page of event types, in the order of their names.
    EventTypeConnection,
    /// An event type in a list.
    EventTypeEdge,
    EventType
}
