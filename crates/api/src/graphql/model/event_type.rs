//! Event types.

use app::catalog::EventTypeEntry;
use app::event_types::PAGE_MAX;
use async_graphql::{ID, Object, Result};
use domain::EventTypeId;

use super::scalars::{DateTime, Version};
use crate::graphql::connection::connection;
use crate::graphql::entity::Entity;
use crate::graphql::errors::plain;
use crate::graphql::scope::Scope;

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

    /// What `expectedVersion` takes.
    async fn version(&self) -> Version {
        self.entry.version.into()
    }
}

impl EventType {
    /// The cursor's kind of lists of these.
    pub(crate) const CURSOR: &'static str = "event-type";

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
