//! Registering event types and their versions, deprecating and archiving them.

use app::event_types::Refusal;
use app::{Changed, Error, Refused};
use async_graphql::{Context, InputObject, Object, Result};
use domain::RawJson;
use domain::event_type::{self, VersionError};

use super::payload::{payload, settle};
use crate::graphql::model::event_type::EventType;
use crate::graphql::model::event_type_version::ValidationMode;
use crate::graphql::model::refusal::{Refusal as RefusalData, Refusals};
use crate::graphql::model::scalars::{DateTime, Version};
use crate::graphql::scope::{CtxExt, Scope};

/// A type of event to allow.
#[derive(InputObject)]
struct RegisterEventTypeInput {
    /// What events of it say as their `type`: lower-case segments joined by dots, such as `benchmark.completed`; at
    /// most 128 characters.
    name: String,
    /// What it means, at most 1,024 characters.
    description: Option<String>,
}

/// A type of event to allow no more.
#[derive(InputObject)]
struct ArchiveEventTypeInput {
    /// Its name.
    name: String,
    /// Why, at most 1,024 characters.
    note: Option<String>,
    /// The version that the caller has seen; without it, whatever it is at.
    expected_version: Option<Version>,
}

/// A version to give to a type of event.
#[derive(InputObject)]
struct AddEventTypeVersionInput {
    /// The name of the type. One that is not registered is registered with it.
    name: String,
    /// The number of the version, one more than the newest; that, if left out. The same version again changes nothing.
    number: Option<u32>,
    /// The schema of the data: JSON Schema 2020-12 as a text, with `examples`. It may refer to itself (`#/$defs/...`) and
    /// to shared parts of the platform (`../shared/actor/v1.json`).
    schema_text: String,
    /// What the version promises of the one before, and the mapping up and down, as a text; needed from version 2 on. See
    /// `docs/reference/mappings.md`.
    mapping_text: Option<String>,
    /// The version that the caller has seen; without it, whatever it is at.
    expected_version: Option<Version>,
}

/// What should not be used any more.
#[derive(InputObject)]
struct DeprecateEventTypeInput {
    /// The name of the type.
    name: String,
    /// Which version of it; the whole type, if left out.
    number: Option<u32>,
    /// Until when it is meant to be used.
    sunset: DateTime,
    /// Why, and what to use instead, at most 1,024 characters.
    note: Option<String>,
    /// The version that the caller has seen; without it, whatever it is at.
    expected_version: Option<Version>,
}

/// How the data of events of a type is to be validated.
#[derive(InputObject)]
struct SetEventTypeValidationInput {
    /// The name of the type; may be one of the platform.
    name: String,
    /// How.
    validation: ValidationMode,
    /// The version that the caller has seen; without it, whatever it is at.
    expected_version: Option<Version>,
}

payload! {
    /// What became of an event type.
    EventTypePayload,
    /// The event type, as it is now. Needs the scope `READ`.
    event_type: EventType = domain::EventType
}

#[derive(Default)]
pub(crate) struct EventTypeMutations;

#[Object]
impl EventTypeMutations {
    /// Allows events of a type to be published. Registered again, it is described anew, and restored if it was archived.
    ///
    /// Needs the scope `MANAGE`.
    async fn register_event_type(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The type.")] input: RegisterEventTypeInput,
    ) -> Result<EventTypePayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let name = refusals.event_type("name", &input.name);
        let description = refusals.text("description", input.description.as_deref());
        let (Some(name), Some(description)) = (name, description) else {
            return Ok(EventTypePayload::refused(refusals.into_vec()));
        };
        let result = scope.app().register_event_type(scope.request(), name.clone(), description).await;
        answer(result, scope, name)
    }

    /// Allows events of a type to be published no more; those that were stay as they are.
    ///
    /// Needs the scope `MANAGE`.
    async fn archive_event_type(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The type.")] input: ArchiveEventTypeInput,
    ) -> Result<EventTypePayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let Some(name) = refusals.event_type("name", &input.name) else {
            return Ok(EventTypePayload::refused(refusals.into_vec()));
        };
        let Some(note) = refusals.text("note", input.note.as_deref()) else {
            return Ok(EventTypePayload::refused(refusals.into_vec()));
        };
        let expected = input.expected_version.map(|version| version.0);
        let result = scope.app().archive_event_type(scope.request(), &name, note, expected).await;
        answer(result, scope, name)
    }

    /// Gives a type of the tenant another version. Its schema and mapping are compiled and bounded, and judged by the version
    /// before: by the schemas, by its examples and by data that is made from them. A refusal names the path and the rule.
    ///
    /// Needs the scope `MANAGE`.
    #[graphql(complexity = "50 + child_complexity")]
    async fn add_event_type_version(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version.")] input: AddEventTypeVersionInput,
    ) -> Result<EventTypePayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let name = refusals.event_type("name", &input.name);
        let schema = refusals.take("schemaText", "json", RawJson::parse(&input.schema_text));
        let mapping =
            input.mapping_text.map(|text| refusals.take("mappingText", "json", RawJson::parse(&text)));
        let (Some(name), Some(schema), true) = (name, schema, refusals.is_empty()) else {
            return Ok(EventTypePayload::refused(refusals.into_vec()));
        };
        let expected = input.expected_version.map(|version| version.0);
        let version = (input.number, schema, mapping.flatten());
        let result = scope.app().add_event_type_version(scope.request(), &name, version, expected).await;
        answer(result.map(|(_, changed)| changed), scope, name)
    }

    /// Tells publishers that a type of the tenant, or a version of it, should not be used any more.
    ///
    /// Needs the scope `MANAGE`.
    async fn deprecate_event_type(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What should not be used any more.")] input: DeprecateEventTypeInput,
    ) -> Result<EventTypePayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let name = refusals.event_type("name", &input.name);
        let note = refusals.text("note", input.note.as_deref());
        let (Some(name), Some(note)) = (name, note) else {
            return Ok(EventTypePayload::refused(refusals.into_vec()));
        };
        let expected = input.expected_version.map(|version| version.0);
        let deprecation = (input.number, input.sunset.0, note);
        let result = scope.app().deprecate_event_type(scope.request(), &name, deprecation, expected).await;
        answer(result, scope, name)
    }

    /// Sets how the data of events of a type is validated when the tenant publishes them.
    ///
    /// Needs the scope `MANAGE`.
    async fn set_event_type_validation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How.")] input: SetEventTypeValidationInput,
    ) -> Result<EventTypePayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let Some(name) = refusals.event_type("name", &input.name) else {
            return Ok(EventTypePayload::refused(refusals.into_vec()));
        };
        let expected = input.expected_version.map(|version| version.0);
        let mode = input.validation.into();
        let result = scope.app().set_event_type_validation(scope.request(), &name, mode, expected).await;
        answer(result, scope, name)
    }
}

fn answer(
    result: std::result::Result<Changed, Error<Refusal>>,
    scope: &Scope,
    name: domain::EventType,
) -> Result<EventTypePayload> {
    Ok(match settle(result, scope, refusals_of)? {
        Ok(changed) => EventTypePayload::done(name, changed),
        Err(refusals) => EventTypePayload::refused(refusals),
    })
}

/// One refusal, with the place in the schema, the mapping or the data that it is about.
fn refusals_of(refusal: &Refusal) -> Vec<RefusalData> {
    let mut refusals = Refusals::default();
    refusals.add_at(field(refusal), refusal.pointer(), refusal.code(), refusal);
    refusals.into_vec()
}

const fn field(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotFound => "name",
        Refusal::Stale { .. } => "expectedVersion",
        Refusal::TooMany { .. } => "",
        Refusal::Version(VersionError::Zero) => "number",
        Refusal::Version(VersionError::Schema(_)) => "schemaText",
        Refusal::Version(_) => "mappingText",
        Refusal::Rule(event_type::Refusal::OfThePlatform) => "name",
        Refusal::Rule(event_type::Refusal::Incompatible(_)) => "mappingText",
        Refusal::Rule(event_type::Refusal::Stored(_) | event_type::Refusal::TooManyVersions { .. }) => "",
        Refusal::Rule(_) => "number",
    }
}
