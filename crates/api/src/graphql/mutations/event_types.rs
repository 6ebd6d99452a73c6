//! Registering and archiving event types.

use app::event_types::Refusal;
use async_graphql::{Context, InputObject, Object, Result};

use super::payload::{payload, settle};
use crate::graphql::model::event_type::EventType;
use crate::graphql::model::refusal::{Refusals, refused};
use crate::graphql::model::scalars::Version;
use crate::graphql::scope::CtxExt;

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
        Ok(match settle(result, scope, |refusal| refused(refusal, field(refusal)))? {
            Ok(changed) => EventTypePayload::done(name, changed),
            Err(refusals) => EventTypePayload::refused(refusals),
        })
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
        let expected = input.expected_version.map(|version| version.0);
        let result = scope.app().archive_event_type(scope.request(), &name, expected).await;
        Ok(match settle(result, scope, |refusal| refused(refusal, field(refusal)))? {
            Ok(changed) => EventTypePayload::done(name, changed),
            Err(refusals) => EventTypePayload::refused(refusals),
        })
    }
}

const fn field(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotFound => "name",
        Refusal::Stale { .. } => "expectedVersion",
        Refusal::TooMany { .. } => "",
    }
}
