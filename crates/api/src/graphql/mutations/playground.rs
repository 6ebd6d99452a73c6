//! Trying things out: what would be sent, and sending it once as a test.

use app::playground::{Preview, Refusal, Sample, Target};
use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use domain::event::Source;
use domain::{RawJson, SubscriptionId, TestId};

use super::payload::{payload, settle};
use super::subscriptions::{CreateSubscriptionInput, subscription_field};
use crate::graphql::connection::{PageArgs, list_cost};
use crate::graphql::entity::Entity;
use crate::graphql::errors::field_error;
use crate::graphql::model::attempt::ResponseHeader;
use crate::graphql::model::explanation::{MatchVerdict, clauses};
use crate::graphql::model::refusal::{Refusal as RefusalData, Refusals, refused};
use crate::graphql::model::scalars::Json;
use crate::graphql::model::test_send::{Test, TestConnection, tests};
use crate::graphql::scope::{CtxExt, Scope};

/// An event that nobody published.
#[derive(InputObject)]
struct SampleEventInput {
    /// What kind of fact it would be, such as `benchmark.completed`. It need not be registered.
    #[graphql(name = "type")]
    event_type: String,
    /// The version of the type's data, from 1.
    #[graphql(default = 1)]
    version: u32,
    /// Where it would have happened: a URI reference, at most 256 visible ASCII characters; `/` if left out.
    source: Option<String>,
    /// The fact itself: any JSON value, as a text. It reaches the receiver byte for byte.
    data_text: String,
    /// What its publisher would say about it besides: a JSON object, as a text.
    metadata_text: Option<String>,
}

/// Whom a sample is for.
#[derive(OneofObject)]
enum TestTargetInput {
    /// A subscription as it is now.
    SubscriptionId(ID),
    /// A subscription that could be made. It is not.
    Draft(Box<CreateSubscriptionInput>),
}

/// A sample, and whom it is for.
#[derive(InputObject)]
struct TestInput {
    /// The sample.
    event: SampleEventInput,
    /// Whom it is for.
    target: TestTargetInput,
}

/// What would become of a sample.
#[derive(Default, SimpleObject)]
struct DeliveryPreview {
    /// Whether it can be told.
    ok: bool,
    /// Why it cannot; empty if `ok`.
    refusals: Vec<RefusalData>,
    /// Whether the event would match. A test is sent whether it does or not.
    matched: bool,
    /// What decides; none if not `ok`.
    verdict: Option<MatchVerdict>,
    /// At which version of its type the subscription sees the event; none if not `ok`.
    seen_version: Option<u32>,
    /// Why the event cannot be cast to that version; none if it can. Then no filter is asked, and no request would be made: a
    /// delivery would be a dead letter.
    not_castable: Option<String>,
    /// Whether one of the wanted types accepts the event's.
    type_matched: bool,
    /// Whether the filter accepts the event; none if there is no filter.
    filter_matched: Option<bool>,
    /// The clauses of the filter that decide, in words such as `data.status is "passed", not "failed"`.
    reasons: Vec<String>,
    /// Every clause of the filter with its answer, as in `matchExplanation`.
    filter: Option<Json>,
    /// How the request would be made: `POST`; none if none would be.
    method: Option<String>,
    /// Where it would go.
    url: Option<String>,
    /// The headers, with the signature as of now. Values that the owner added are hidden.
    headers: Vec<ResponseHeader>,
    /// The exact body.
    body_text: Option<String>,
    /// How many bytes it has.
    body_bytes: Option<usize>,
    /// SHA-256 of it, in lower-case hex.
    body_sha256: Option<String>,
}

payload! {
    /// What became of a test.
    SendTestPayload,
    /// The test. Needs the scope `READ`.
    test: Test = TestId
}

#[derive(Default)]
pub(crate) struct PlaygroundQueries;

#[Object]
impl PlaygroundQueries {
    /// What would become of an event, without publishing it: whether it would match and why, and the request that would be
    /// made. Nothing is sent, and nothing recorded.
    ///
    /// Needs the scope `READ`, and for a draft `MANAGE`.
    #[graphql(complexity = "100 + child_complexity")]
    async fn preview_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A sample, and whom it is for.")] input: TestInput,
    ) -> Result<DeliveryPreview> {
        let scope = ctx.scope();
        let (sample, target) = match input.read() {
            Ok(read) => read,
            Err(refusals) => return Ok(DeliveryPreview { refusals, ..DeliveryPreview::default() }),
        };
        let preview = scope.app().preview_delivery(scope.request(), &sample, target).await;
        Ok(match settle(preview, scope, told)? {
            Ok(preview) => DeliveryPreview::of(preview, scope)?,
            Err(refusals) => DeliveryPreview { refusals, ..DeliveryPreview::default() },
        })
    }

    /// The test with this id; none if there is none.
    ///
    /// Needs the scope `READ`.
    async fn test(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id, `tst_...`: what receivers see as `webhook-id`.")] id: ID,
    ) -> Result<Option<Test>> {
        let id = id.parse::<TestId>().map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        Test::load(ctx.scope(), &id).await
    }

    /// The tests of the tenant, newest first.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn tests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this subscription.")] subscription_id: Option<ID>,
        #[graphql(desc = "The first so many of the list: 0 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the entry with this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many of the list: 0 to 100. Not together with `first`.")] last: Option<
            i32,
        >,
        #[graphql(desc = "Only what precedes the entry with this cursor.")] before: Option<String>,
    ) -> Result<TestConnection> {
        let subscription = subscription_id.map(|id| id.parse::<SubscriptionId>()).transpose();
        let subscription = subscription.map_err(|error| field_error("BAD_USER_INPUT", error.to_string()))?;
        tests(ctx.scope(), subscription, PageArgs { first, after, last, before }).await
    }
}

#[derive(Default)]
pub(crate) struct PlaygroundMutations;

#[Object]
impl PlaygroundMutations {
    /// Sends an event that nobody published, once, whether it would match or not, and tells each step of the connection. It
    /// is recorded as a test: no delivery comes of it, it is counted nowhere, and it does not touch the subscription's
    /// health. It takes 6 seconds at most.
    ///
    /// Needs the scope `MANAGE`. A tenant may do so 30 times a minute, and 4 times at once.
    async fn send_test(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A sample, and whom it is for.")] input: TestInput,
    ) -> Result<SendTestPayload> {
        let scope = ctx.scope();
        let (sample, target) = match input.read() {
            Ok(read) => read,
            Err(refusals) => return Ok(SendTestPayload::refused(refusals)),
        };
        let sent = scope.app().send_test(scope.request(), &sample, target).await;
        Ok(match settle(sent, scope, told)? {
            Ok(sent) => SendTestPayload::done(sent.id, sent.changed),
            Err(refusals) => SendTestPayload::refused(refusals),
        })
    }
}

impl TestInput {
    fn read(self) -> Result<(Sample, Target), Vec<RefusalData>> {
        let mut refusals = Refusals::default();
        let event = self.event;
        let event_type = refusals.event_type("event.type", &event.event_type);
        let source = Source::new(event.source.as_deref().unwrap_or("/"));
        let source = refusals.take("event.source", "source", source);
        let data = refusals.take("event.dataText", "json", RawJson::parse(&event.data_text));
        let metadata = event
            .metadata_text
            .map(|text| refusals.take("event.metadataText", "json", RawJson::parse(&text)));
        let target = match self.target {
            TestTargetInput::SubscriptionId(id) => {
                refusals.id("target.subscriptionId", &id).map(Target::Existing)
            }
            TestTargetInput::Draft(draft) => {
                let mut inner = Refusals::default();
                let new = draft.read(&mut inner);
                refusals.extend_under("target.draft", inner.into_vec());
                new.map(|new| Target::Draft(Box::new(new)))
            }
        };
        let (true, Some(event_type), Some(source), Some(data), Some(target)) =
            (refusals.is_empty(), event_type, source, data, target)
        else {
            return Err(refusals.into_vec());
        };
        Ok((
            Sample { event_type, version: event.version, source, data, metadata: metadata.flatten() },
            target,
        ))
    }
}

fn told(refusal: &Refusal) -> Vec<RefusalData> {
    let field = match refusal {
        Refusal::NotFound => "target.subscriptionId".to_owned(),
        Refusal::Draft(draft) => format!("target.draft.{}", subscription_field(draft)),
        Refusal::Sample(_) | Refusal::NotCastable(_) => "event".to_owned(),
        Refusal::Unusable(_) => "target".to_owned(),
        Refusal::TooManyAtOnce | Refusal::TooOften { .. } => String::new(),
    };
    refused(refusal, field.trim_end_matches('.'))
}

impl DeliveryPreview {
    fn of(preview: Preview, scope: &Scope) -> Result<Self> {
        let Preview { report, letter } = preview;
        let filter = report.filter.as_ref();
        let explained = Self {
            ok: true,
            matched: report.matched,
            verdict: Some(MatchVerdict::of(&report)),
            seen_version: Some(report.version),
            type_matched: report.type_matched,
            filter_matched: filter.map(|filter| filter.matched),
            reasons: filter.into_iter().flat_map(|filter| filter.reasons()).map(str::to_owned).collect(),
            filter: clauses(&report),
            not_castable: report.not_castable,
            ..Self::default()
        };
        let Some(letter) = letter else { return Ok(explained) };
        scope.charge(letter.body.len())?;
        Ok(Self {
            method: Some("POST".to_owned()),
            url: Some(letter.url),
            headers: letter.headers.iter().map(ResponseHeader::from).collect(),
            body_bytes: Some(letter.body.len()),
            body_text: Some(String::from_utf8_lossy(&letter.body).into_owned()),
            body_sha256: Some(letter.body_sha256),
            ..explained
        })
    }
}
