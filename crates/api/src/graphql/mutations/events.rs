//! Publishing events.

use app::Refused;
use app::publish::{Accepted, IdempotencyKey, NewEvent, PublishOptions, Refusal};
use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};
use domain::event::{EventKey, Source};
use domain::{EventType, RawJson};

use super::payload::settle;
use crate::events::DEFAULT_SOURCE;
use crate::graphql::entity::Entity;
use crate::graphql::model::event::Event;
use crate::graphql::model::event_at_version::ValidationProblem;
use crate::graphql::model::refusal::{Refusal as RefusalData, Refusals, refused};
use crate::graphql::model::scalars::{DateTime, PositionText};
use crate::graphql::scope::CtxExt;

/// Events to publish: all of them or none.
#[derive(InputObject)]
struct PublishEventsInput {
    /// The events, at most 1,000. They are delivered in this order where order is kept.
    events: Vec<EventInput>,
    /// Names this call, so that making it again with the same events records nothing more: 1 to 200 visible ASCII
    /// characters. An event with an `id` of its own is recognised by that instead.
    idempotency_key: Option<String>,
}

/// An event to publish.
#[derive(InputObject)]
struct EventInput {
    /// What kind of fact it is. Must be registered, see `registerEventType`.
    #[graphql(name = "type")]
    event_type: String,
    /// The version of the type's data, from 1.
    #[graphql(default = 1)]
    version: u32,
    /// Where it happened: a URI reference such as `/clusters/eu-1`, at most 256 visible ASCII characters; `/` if left
    /// out.
    source: Option<String>,
    /// When it happened; when it is accepted, if left out.
    time: Option<DateTime>,
    /// What the publisher calls it, unique within the source: published again, it is recognised. At most 256 visible
    /// ASCII characters.
    id: Option<String>,
    /// The fact itself: any JSON value, as a text. It reaches receivers byte for byte.
    data_text: String,
    /// What the publisher says about it besides: a JSON object, as a text.
    metadata_text: Option<String>,
}

/// An event that was accepted.
#[derive(SimpleObject)]
#[graphql(complex)]
struct PublishedEvent {
    /// What it is called here.
    id: ID,
    /// Where it stands in the order of everything.
    position: PositionText,
    /// Whether an earlier call had published it, so that nothing was recorded now.
    duplicate: bool,
    /// What the schema of its type does not allow, although it was accepted; and whether the type should not be used any
    /// more.
    warnings: Vec<ValidationProblem>,
    #[graphql(skip)]
    event: domain::EventId,
}

#[ComplexObject]
impl PublishedEvent {
    /// The event. Needs the scope `READ`.
    async fn event(&self, ctx: &Context<'_>) -> Result<Option<Event>> {
        ctx.scope().reach(self.position.0).await?;
        Event::load(ctx.scope(), &self.event).await
    }
}

/// What became of a call to publish events.
#[derive(Default, SimpleObject)]
struct PublishEventsPayload {
    /// Whether all of them are recorded, durably.
    ok: bool,
    /// The events in the order of the call; empty unless `ok`.
    events: Vec<PublishedEvent>,
    /// Where the last of them stands in the order of everything, for `minPosition`.
    position: Option<PositionText>,
    /// Why none was recorded; empty if `ok`.
    refusals: Vec<RefusalData>,
}

#[derive(Default)]
pub(crate) struct EventMutations;

#[Object]
impl EventMutations {
    /// Publishes events: all of them, durably, or none. `POST /v1/events` does the same with less around it.
    ///
    /// Needs the scope `PUBLISH`.
    #[graphql(complexity = "crate::graphql::connection::times(input.events.len(), child_complexity)")]
    async fn publish_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The events.")] input: PublishEventsInput,
    ) -> Result<PublishEventsPayload> {
        let (scope, mut refusals) = (ctx.scope(), Refusals::default());
        let key = input
            .idempotency_key
            .map(|key| refusals.take("idempotencyKey", "idempotency_key", IdempotencyKey::new(&key)));
        let events: Vec<_> = input
            .events
            .into_iter()
            .enumerate()
            .filter_map(|(index, event)| event.read(index, &mut refusals))
            .collect();
        if !refusals.is_empty() {
            return Ok(PublishEventsPayload { refusals: refusals.into_vec(), ..Default::default() });
        }
        let options = PublishOptions { idempotency_key: key.flatten() };
        let result = scope.app().publish(scope.request(), events, options).await;
        Ok(match settle(result, scope, refusals_of)? {
            Ok(accepted) => PublishEventsPayload {
                ok: true,
                position: accepted.iter().map(|event| event.position).max().map(Into::into),
                events: accepted.iter().map(PublishedEvent::of).collect(),
                refusals: Vec::new(),
            },
            Err(refusals) => PublishEventsPayload { refusals, ..Default::default() },
        })
    }
}

impl PublishedEvent {
    fn of(accepted: &Accepted) -> Self {
        let Accepted { id, position, duplicate, warnings } = accepted;
        Self {
            id: (*id).into(),
            position: (*position).into(),
            duplicate: *duplicate,
            warnings: warnings.iter().map(ValidationProblem::from).collect(),
            event: *id,
        }
    }
}

impl EventInput {
    /// The event at `index` of the call, or refusals.
    fn read(self, index: usize, refusals: &mut Refusals) -> Option<NewEvent> {
        let field = |name: &str| format!("events.{index}.{name}");
        let event_type = refusals.take(&field("type"), "event_type", EventType::parse(&self.event_type));
        let source = Source::new(self.source.as_deref().unwrap_or(DEFAULT_SOURCE));
        let source = refusals.take(&field("source"), "source", source);
        let key = self.id.map(|id| refusals.take(&field("id"), "event_key", EventKey::new(&id)));
        let data = refusals.take(&field("dataText"), "json", RawJson::parse(&self.data_text));
        let metadata = self
            .metadata_text
            .map(|text| refusals.take(&field("metadataText"), "json", RawJson::parse(&text)));
        if matches!(key, Some(None)) || matches!(metadata, Some(None)) {
            return None;
        }
        Some(NewEvent {
            event_type: event_type?,
            version: self.version,
            source: source?,
            time: self.time.map(|time| time.0),
            key: key.flatten(),
            data: data?,
            metadata: metadata.flatten(),
        })
    }
}

/// One refusal; of data that is not valid, one for each rule that is broken.
fn refusals_of(refusal: &Refusal) -> Vec<RefusalData> {
    let Refusal::Invalid { problems, .. } = refusal else { return refused(refusal, &field(refusal)) };
    let mut refusals = Refusals::default();
    for problem in problems {
        let message = format!("{} (rule \"{}\")", problem.message, problem.rule);
        refusals.add_at(&field(refusal), &problem.path, refusal.code(), message);
    }
    refusals.into_vec()
}

fn field(refusal: &Refusal) -> String {
    let name = match refusal {
        Refusal::Empty | Refusal::TooMany { .. } | Refusal::TooLarge { .. } => return "events".to_owned(),
        Refusal::DataTooLarge { .. } => "dataText",
        Refusal::MetadataTooLarge { .. } | Refusal::MetadataNotObject { .. } => "metadataText",
        Refusal::Version { .. } | Refusal::UnknownVersion { .. } => "version",
        Refusal::Invalid { .. } => "dataText",
        Refusal::UnknownType { .. } | Refusal::ArchivedType { .. } => "type",
        Refusal::KeyRepeated { .. } | Refusal::KeyReused { .. } => "id",
    };
    format!("events.{}.{name}", refusal.index().unwrap_or_default())
}
