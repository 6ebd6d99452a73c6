//! Subscriptions.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use domain::subscription::{DisableReason, PauseReason, Verification};
use domain::{RawJson, Sequence, SubscriptionId, Timestamp};
use projections::analytics::Resolution;
use projections::status::{self, SubscriptionFilter};

use super::actor::Actor;
use super::analytics::{SparkPoint, sparkline};
use super::delivery::{DeliveryConnection, DeliveryFilterInput, deliveries};
use super::policy::{Limits, RetryPolicy};
use super::scalars::{DateTime, Json, PositionText, Version};
use crate::graphql::connection::{PageArgs, TOTAL_MAX, TotalCount, connection, list_cost, seal, times};
use crate::graphql::entity::Entity;
use crate::graphql::errors::{field_error, plain};
use crate::graphql::loaders::HoursOf;
use crate::graphql::scope::{CtxExt, Scope};

/// Whether a subscription delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "projections::status::SubscriptionState")]
pub(crate) enum SubscriptionState {
    /// It takes events and delivers them.
    Active,
    /// It takes events and holds them back until it is resumed.
    Paused,
    /// It takes no events and holds back what it has until it is activated.
    Disabled,
    /// It is gone. Shown because its deliveries still are.
    Deleted,
}

/// How deliveries are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::subscription::Scheme")]
pub(crate) enum Scheme {
    /// HMAC-SHA256: `v1` of Standard Webhooks.
    #[graphql(name = "HMAC_SHA256")]
    HmacSha256,
    /// HMAC-SHA512, in a header of its own; there is no `v1` then, which other verifiers look for.
    #[graphql(name = "HMAC_SHA512")]
    HmacSha512,
    /// ed25519: `v1a` of Standard Webhooks.
    #[graphql(name = "ED25519")]
    Ed25519,
}

/// In which form deliveries are sent. The signature covers the body in each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::subscription::Format")]
pub(crate) enum DeliveryFormat {
    /// The payload that Standard Webhooks recommends.
    StandardWebhooks,
    /// CloudEvents 1.0, structured: attributes and data in one JSON object.
    CloudeventsStructured,
    /// CloudEvents 1.0, binary: attributes as `ce-` headers, which no signature covers, and the data as the body.
    CloudeventsBinary,
}

/// What an endpoint answered when it was asked whether it agrees to deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum VerificationState {
    /// It was not asked, or the endpoint is another one since.
    Unasked,
    /// It agreed.
    Agreed,
    /// It did not.
    Refused,
}

/// Whether an endpoint agreed to deliveries, and whether that matters.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct EndpointVerification {
    /// Whether nothing is delivered before the endpoint has agreed.
    required: bool,
    /// What it answered.
    state: VerificationState,
    /// When it was asked.
    at: Option<DateTime>,
    /// How many requests it allows in a minute, if it agreed and named a number.
    allowed_rate_per_minute: Option<u32>,
    /// Why it did not agree, for programs, such as `no_consent`.
    problem_code: Option<String>,
    /// The same for people.
    problem: Option<String>,
}

impl EndpointVerification {
    fn of(required: bool, verification: &Verification) -> Self {
        let (mut state, mut at, mut rate, mut reason) = (VerificationState::Unasked, None, None, None);
        match verification {
            Verification::Unasked => {}
            Verification::Agreed { at: when, rate_per_minute } => {
                (state, at, rate) = (VerificationState::Agreed, Some(DateTime(*when)), *rate_per_minute);
            }
            Verification::Refused { at: when, reason: why } => {
                (state, at, reason) = (VerificationState::Refused, Some(DateTime(*when)), Some(why));
            }
        }
        Self {
            required,
            state,
            at,
            allowed_rate_per_minute: rate.map(std::num::NonZeroU32::get),
            problem_code: reason.map(|reason| reason.code().to_owned()),
            problem: reason.map(ToString::to_string),
        }
    }
}

/// Why a subscription is paused or disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum StateCause {
    /// Somebody asked for it.
    Requested,
    /// It was made inactive and nobody activated it.
    NotActivated,
    /// The endpoint answered 410 Gone.
    EndpointGone,
    /// Attempts kept failing.
    Failing,
}

/// Why a subscription is paused or disabled.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct StateReason {
    /// What caused it.
    cause: StateCause,
    /// In the words of whoever asked for it, if somebody did.
    note: Option<String>,
    /// Since when no attempt succeeded, if attempts kept failing.
    failing_since: Option<DateTime>,
}

/// A secret that a subscription signs with, without the secret itself.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SigningSecret {
    /// Names the secret, for `revokeSecret`.
    id: ID,
    /// How it signs.
    scheme: Scheme,
    /// The public key, `whpk_...`, where the scheme has one.
    public_key: Option<String>,
    /// Whether it is the present one; the others sign along for a while.
    current: bool,
    /// When it stops signing along; none for the present one.
    until: Option<DateTime>,
}

/// A label that the owner gave to a thing.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Label {
    /// What it is called.
    key: String,
    /// What it says.
    value: String,
}

/// The last attempt of any delivery of a subscription.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct LastAttempt {
    /// When it started.
    at: DateTime,
    /// Whether it was answered with 2xx.
    succeeded: bool,
    /// The status, if there was a response.
    status: Option<u16>,
    /// Why there was none, such as `connect_refused`.
    error_class: Option<String>,
}

/// One change of a subscription.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SubscriptionChange {
    /// The version that the subscription had from then on.
    version: Version,
    /// Where it stands in the order of everything.
    position: PositionText,
    /// When it was recorded.
    at: DateTime,
    /// Who caused it.
    actor: Actor,
    /// What the caller called the whole of which it was a part.
    correlation_id: Option<String>,
    /// What happened, such as `subscription.paused`.
    #[graphql(name = "type")]
    kind: String,
    /// What was recorded; secrets and values of headers are left out.
    details: Json,
}

/// A part of a subscription's past, oldest first.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct SubscriptionHistory {
    /// The changes.
    entries: Vec<SubscriptionChange>,
    /// Whether there are more after the last one: ask again with its version.
    more: bool,
}

/// A tenant's wish: which events go where, signed how, tried how often.
#[derive(Debug, Clone)]
pub(crate) struct Subscription(pub(crate) status::Subscription);

/// A tenant's wish: which events go where, signed how, tried how often.
#[Object]
impl Subscription {
    /// Names it globally.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Whether it delivers.
    async fn state(&self) -> SubscriptionState {
        self.0.state.into()
    }

    /// Why it is paused or disabled, if it is.
    async fn state_reason(&self) -> Option<StateReason> {
        let paused = self.0.pause_reason.as_ref().map(|reason| match reason {
            PauseReason::Requested { note } => StateReason::requested(note),
        });
        let disabled = self.0.disable_reason.as_ref().map(|reason| match reason {
            DisableReason::Requested { note } => StateReason::requested(note),
            DisableReason::NotActivated => StateReason::by(StateCause::NotActivated),
            DisableReason::EndpointGone => StateReason::by(StateCause::EndpointGone),
            DisableReason::Failing { since } => {
                StateReason { failing_since: Some(DateTime(*since)), ..StateReason::by(StateCause::Failing) }
            }
        });
        paused.or(disabled)
    }

    /// Since when nearly all attempts have failed, if they have: it will be disabled after five days of that unless the
    /// server is set up otherwise.
    async fn failing_since(&self) -> Option<DateTime> {
        self.0.failing_since.map(DateTime)
    }

    /// Where deliveries go.
    async fn endpoint(&self) -> &str {
        self.0.endpoint.as_str()
    }

    /// Which types of event are wanted, such as `benchmark.completed`, `benchmark.*` or `*`; with `@` and a number behind
    /// a single type, such as `benchmark.completed@1`, at that version instead of the latest.
    async fn event_types(&self) -> Vec<String> {
        self.0.event_types.wanted().iter().map(ToString::to_string).collect()
    }

    /// Which of those events, by what they say; all if none.
    async fn filter(&self) -> Option<Json> {
        self.0
            .filter
            .as_ref()
            .map(|filter| Json(RawJson::parse(filter.document()).expect("a filter is written as JSON")))
    }

    /// The names of the headers that are added to each request. Their values are encrypted and never shown.
    async fn header_names(&self) -> &[String] {
        &self.0.header_names
    }

    /// In which form deliveries are sent.
    async fn format(&self) -> DeliveryFormat {
        self.0.format.into()
    }

    /// Whether the endpoint agreed to deliveries, and whether that matters.
    async fn verification(&self) -> EndpointVerification {
        EndpointVerification::of(self.0.verify_endpoint, &self.0.verification)
    }

    /// When failed attempts are followed by others.
    async fn retry_policy(&self) -> RetryPolicy {
        RetryPolicy(self.0.retry.clone())
    }

    /// How hard the endpoint may be pressed.
    async fn limits(&self) -> Limits {
        self.0.limits.into()
    }

    /// What it is for, in its owner's words.
    async fn description(&self) -> &str {
        self.0.description.as_str()
    }

    /// The owner's own labels.
    async fn labels(&self) -> Vec<Label> {
        self.0
            .metadata
            .iter()
            .map(|(key, value)| Label { key: key.to_owned(), value: value.to_owned() })
            .collect()
    }

    /// The secrets that sign now, the present one first.
    async fn secrets(&self, ctx: &Context<'_>) -> Vec<SigningSecret> {
        let now = ctx.scope().now();
        let signing = self.0.secrets.iter().filter(|secret| secret.until.is_none_or(|until| until > now));
        signing.map(SigningSecret::from).collect()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was changed last.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// What `expectedVersion` takes.
    async fn version(&self) -> Version {
        self.0.version.into()
    }

    /// The last attempt of any of its deliveries.
    async fn last_attempt(&self) -> Option<LastAttempt> {
        self.0.last_attempt.as_ref().map(|last| LastAttempt {
            at: last.at.into(),
            succeeded: last.succeeded,
            status: last.status,
            error_class: last.error_class.clone(),
        })
    }

    /// How many of its attempts succeeded, ever.
    async fn delivered_count(&self) -> u64 {
        self.0.delivered
    }

    /// How many of its attempts failed, ever.
    async fn failed_attempt_count(&self) -> u64 {
        self.0.failed_attempts
    }

    /// How often one of its deliveries became a dead letter, ever.
    async fn dead_letter_count(&self) -> u64 {
        self.0.dead_letters
    }

    /// How its attempts went in the last 24 hours, hour by hour, oldest first: 24 hours, the present one included.
    #[graphql(complexity = "times(8, child_complexity)")]
    async fn sparkline(&self, ctx: &Context<'_>) -> Result<Vec<SparkPoint>> {
        const HOURS: i64 = 24;
        let scope = ctx.scope();
        scope.need(domain::Scope::Read)?;
        let hour = Resolution::Hour.micros();
        let to = Resolution::Hour.start(scope.now()).as_micros() + hour;
        let from = Timestamp::from_micros(to - HOURS * hour);
        let key = HoursOf { subscription: self.0.id, from };
        let hours = scope.loaders().load_one(key).await?.unwrap_or_default();
        Ok(sparkline(from, Timestamp::from_micros(to), hours))
    }

    /// Its deliveries, newest first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all if left out.")] filter: Option<DeliveryFilterInput>,
        #[graphql(desc = "The first so many of the list: 0 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the entry with this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many of the list: 0 to 100. Not together with `first`.")] last: Option<
            i32,
        >,
        #[graphql(desc = "Only what precedes the entry with this cursor.")] before: Option<String>,
    ) -> Result<DeliveryConnection> {
        let mut filter = filter.unwrap_or_default().read()?;
        if filter.subscription.is_some_and(|other| other != self.0.id) {
            return Err(field_error(
                "BAD_USER_INPUT",
                "these are the deliveries of one subscription; ask for those of another there",
            ));
        }
        filter.subscription = Some(self.0.id);
        deliveries(ctx.scope(), filter, PageArgs { first, after, last, before }).await
    }

    /// What was done to it, by whom and when, oldest first.
    #[graphql(complexity = "times(limit.map_or(50, |limit| usize::from(limit.min(200))), child_complexity)")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only changes after this version; all if left out.")] after_version: Option<Version>,
        #[graphql(desc = "At most so many: 1 to 200, by default 50.")] limit: Option<u16>,
    ) -> Result<SubscriptionHistory> {
        let scope = ctx.scope();
        let after = after_version.map_or(Sequence::NONE, |version| version.0);
        let limit = usize::from(limit.unwrap_or(50));
        let history = scope.app().subscription_history(scope.request(), self.0.id, after, limit).await;
        let Some(history) = history.map_err(|error| plain(error, scope.request_id()))? else {
            return Ok(SubscriptionHistory::default());
        };
        let entries = history.entries.into_iter().map(|entry| SubscriptionChange {
            version: entry.sequence.into(),
            position: entry.position.into(),
            at: entry.at.into(),
            actor: Actor::from(&entry.actor),
            correlation_id: entry.correlation,
            kind: entry.what.record_type.to_owned(),
            details: entry.what.details.into(),
        });
        Ok(SubscriptionHistory { entries: entries.collect(), more: history.more })
    }
}

impl Subscription {
    /// The cursor's kind of lists of these.
    pub(crate) const CURSOR: &'static str = "subscription";
}

impl StateReason {
    const fn by(cause: StateCause) -> Self {
        Self { cause, note: None, failing_since: None }
    }

    fn requested(note: &domain::Description) -> Self {
        let note = Some(note.as_str().to_owned()).filter(|note| !note.is_empty());
        Self { note, ..Self::by(StateCause::Requested) }
    }
}

impl From<&status::Secret> for SigningSecret {
    fn from(secret: &status::Secret) -> Self {
        Self {
            id: secret.id.into(),
            scheme: secret.scheme.into(),
            public_key: secret.public_key.clone(),
            current: secret.until.is_none(),
            until: secret.until.map(DateTime),
        }
    }
}

impl Entity for Subscription {
    type Id = SubscriptionId;

    async fn load(scope: &Scope, id: &SubscriptionId) -> Result<Option<Self>> {
        scope.need(domain::Scope::Read)?;
        Ok(scope.loaders().load_one(*id).await?.map(Self))
    }
}

/// Counts the subscriptions of a list.
pub(crate) struct SubscriptionTotal(pub(crate) SubscriptionFilter);

impl SubscriptionTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<TotalCount> {
        let scope = ctx.scope();
        let counted =
            scope.views().status().count_subscriptions(scope.tenant(), self.0.clone(), TOTAL_MAX + 1).await;
        counted.map(TotalCount::of).map_err(|error| scope.read_error(&error))
    }
}

/// A page of the caller's subscriptions, newest first.
pub(crate) async fn subscriptions(
    scope: &Scope,
    filter: SubscriptionFilter,
    args: PageArgs,
) -> Result<SubscriptionConnection> {
    scope.need(domain::Scope::Read)?;
    let page = args.window(Subscription::CURSOR)?.page(|key| key.parse().ok())?;
    let listed = scope.views().status().subscriptions(scope.tenant(), filter.clone(), page).await;
    let listed = listed.map_err(|error| scope.read_error(&error))?;
    let nodes = listed.rows.into_iter().map(|row| {
        let cursor = seal(Subscription::CURSOR, &row.id.to_string());
        (Subscription(row), cursor)
    });
    Ok(SubscriptionConnection::new(nodes, listed.has_next, listed.has_previous, SubscriptionTotal(filter)))
}

connection! {
    /// A page of subscriptions, newest first.
    SubscriptionConnection,
    /// A subscription in a list.
    SubscriptionEdge,
    Subscription,
    total: SubscriptionTotal
}
