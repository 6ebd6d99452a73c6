//! Versions of event types: schemas, examples, mappings.

use std::sync::Arc;

use app::catalog::VersionEntry;
use async_graphql::{Enum, Object, Result, SimpleObject};
use catalog::Direction;
use domain::RawJson;
use domain::event_type::{Deprecation, Mode, Origin};

use super::scalars::{DateTime, Json};
use crate::graphql::errors::field_error;

/// How the data of events is validated when they are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Mode")]
pub(crate) enum ValidationMode {
    /// Not at all.
    Off,
    /// What is wrong is told and recorded with the event, which is accepted.
    Warn,
    /// What is wrong is told, and nothing of the call is accepted.
    Enforce,
}

/// Whose versions an event type has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Origin")]
pub(crate) enum EventTypeOrigin {
    /// Those that the tenant registered.
    Tenant,
    /// Those of the platform.
    Platform,
}

/// What a version promises of the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "catalog::Compatibility")]
pub(crate) enum Compatibility {
    /// Data of the version before can be read at this one.
    Backward,
    /// Data of this version can be read at the one before.
    Forward,
    /// Both.
    Full,
    /// Neither.
    None,
}

/// That a type or a version should not be used any more.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct EventTypeDeprecation {
    /// Which version; none for the whole type.
    version: Option<u32>,
    /// Until when it is meant to be used.
    sunset: DateTime,
    /// Why, and what to use instead.
    note: String,
}

impl From<&Deprecation> for EventTypeDeprecation {
    fn from(deprecation: &Deprecation) -> Self {
        Self {
            version: deprecation.version,
            sunset: deprecation.sunset.into(),
            note: deprecation.note.as_str().to_owned(),
        }
    }
}

/// How data gets from one version to its neighbour.
#[derive(Debug, Clone, SimpleObject)]
struct MappingDirection {
    /// Whether nothing is lost by it.
    lossless: bool,
    /// What is lost by it, in words.
    loses: Vec<String>,
    /// The steps, in order: objects with `op` and what belongs to it.
    steps: Vec<Json>,
}

impl From<&Arc<Direction>> for MappingDirection {
    fn from(direction: &Arc<Direction>) -> Self {
        let steps = direction.steps().filter_map(|step| RawJson::parse(step).ok().map(Json)).collect();
        Self { lossless: direction.lossless, loses: direction.loses.clone(), steps }
    }
}

/// A version of an event type. It never changes.
pub(crate) struct EventTypeVersion {
    pub(crate) entry: Arc<VersionEntry>,
    pub(crate) deprecation: Option<EventTypeDeprecation>,
}

/// A version of an event type. It never changes.
#[Object]
impl EventTypeVersion {
    /// Its number, from 1.
    async fn number(&self) -> u32 {
        self.entry.spec.number
    }

    /// What its schema is called: its `$id`, or a name made of type and version. Deliveries name it as their `schema`.
    async fn schema_name(&self) -> &str {
        &self.entry.schema_name
    }

    /// The schema of the data: JSON Schema 2020-12, as it was registered.
    async fn schema(&self) -> Json {
        Json(self.entry.spec.schema.clone())
    }

    /// Likewise, with the shared parts that it refers to built in, so that it stands by itself.
    #[graphql(complexity = 5)]
    async fn bundled_schema(&self) -> Option<Json> {
        RawJson::parse(&self.entry.schema()?.document().to_string()).ok().map(Json)
    }

    /// Examples of the data, as they were registered.
    #[graphql(complexity = 5)]
    async fn examples(&self) -> Vec<Json> {
        let examples = self.entry.schema().into_iter().flat_map(catalog::Schema::examples);
        examples.filter_map(|example| RawJson::parse(example).ok().map(Json)).collect()
    }

    /// Valid data: one of the examples, or made from the schema where there are none. The same number gives the same.
    #[graphql(complexity = 5)]
    async fn sample(
        &self,
        #[graphql(desc = "Which of them.", default = 0)] which: u32,
    ) -> Result<Option<Json>> {
        let Some(schema) = self.entry.schema() else { return Ok(None) };
        let sample =
            schema.sample(which.into()).map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        Ok(RawJson::parse(&sample).ok().map(Json))
    }

    /// What it promises of the version before; none for the first one.
    async fn compatibility(&self) -> Option<Compatibility> {
        self.entry.mapping().map(|mapping| mapping.compatibility.into())
    }

    /// How data of the version before becomes data of this one, if that is promised.
    async fn up(&self) -> Option<MappingDirection> {
        self.entry.mapping()?.up.as_ref().map(MappingDirection::from)
    }

    /// How data of this version becomes data of the one before, if that is promised.
    async fn down(&self) -> Option<MappingDirection> {
        self.entry.mapping()?.down.as_ref().map(MappingDirection::from)
    }

    /// That it, or the whole type, should not be used any more.
    async fn deprecation(&self) -> Option<&EventTypeDeprecation> {
        self.deprecation.as_ref()
    }

    /// When it was registered.
    async fn registered_at(&self) -> DateTime {
        self.entry.registered_at.into()
    }
}
