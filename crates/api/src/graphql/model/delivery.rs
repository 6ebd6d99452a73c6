//! Deliveries.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use domain::{DeliveryId, EventId, Sequence, SubscriptionId, TypePattern};
use projections::status::{self, DeliveryFilter};

use super::attempt::{Attempt, Cancellation, DeliveryEntry, DeliveryHistory};
use super::event::Event;
use super::scalars::{DateTime, PositionText, Version};
use super::subscription::Subscription;
use crate::graphql::connection::{PageArgs, TOTAL_MAX, TotalCount, connection, seal, times};
use crate::graphql::entity::Entity;
use crate::graphql::errors::{field_error, plain};
use crate::graphql::scope::{CtxExt, Scope};

/// What a delivery is waiting for, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "projections::status::DeliveryState")]
pub(crate) enum DeliveryState {
    /// Its first attempt.
    Waiting,
    /// Another attempt.
    Retrying,
    /// Nothing: the endpoint has it.
    Delivered,
    /// Nothing: no attempt is left, unless somebody asks for one.
    DeadLettered,
    /// Nothing: somebody asked for no more attempts, or discarded it as a dead letter, or its subscription was deleted.
    Cancelled,
}

/// What kind of answer an attempt got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "projections::status::StatusClass")]
pub(crate) enum StatusClass {
    /// 2xx.
    Success,
    /// 3xx, which is never followed.
    Redirect,
    /// 4xx.
    ClientError,
    /// 5xx.
    ServerError,
    /// None at all.
    NoResponse,
    /// There was no attempt.
    NoAttempt,
}

/// Why a delivery became a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::delivery::DeadLetterReason")]
pub(crate) enum DeadLetterReason {
    /// The policy's attempts, or its window, are used up.
    Exhausted,
    /// The policy calls the status final.
    FinalStatus,
    /// The endpoint answered 410.
    EndpointGone,
    /// The event cannot be cast to the version that the subscription wants.
    NotCastable,
}

/// Which deliveries are meant: those that meet all that is given.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct DeliveryFilterInput {
    /// In one of these states; in any, if left out or empty. Dead letters are `[DEAD_LETTERED]`.
    states: Option<Vec<DeliveryState>>,
    /// To this subscription.
    subscription_id: Option<ID>,
    /// Of this event.
    event_id: Option<ID>,
    /// Of events of this type (`benchmark.completed`), or of the types below a family (`benchmark.*`).
    event_type: Option<String>,
    /// Whose last attempt got this kind of answer.
    status_class: Option<StatusClass>,
    /// Whose last attempt got this very status.
    last_status: Option<u16>,
    /// Whose last attempt got no response for this reason, such as `connect_refused`.
    error_class: Option<String>,
    /// That became dead letters for this reason.
    dead_letter_reason: Option<DeadLetterReason>,
    /// Of events that were accepted at this instant or later.
    accepted_from: Option<DateTime>,
    /// Of events that were accepted before this instant.
    accepted_before: Option<DateTime>,
}

/// The most characters of an error class.
const ERROR_CLASS_CHARS_MAX: usize = 64;

impl DeliveryFilterInput {
    /// As the views have it.
    pub(crate) fn read(self) -> Result<DeliveryFilter> {
        let bad = |error: &dyn std::fmt::Display| field_error("BAD_USER_INPUT", error.to_string());
        let subscription = self.subscription_id.map(|id| id.parse::<SubscriptionId>()).transpose();
        let event = self.event_id.map(|id| id.parse::<EventId>()).transpose();
        let event_type = self.event_type.map(|pattern| TypePattern::parse(&pattern)).transpose();
        if self.error_class.as_ref().is_some_and(|class| class.len() > ERROR_CLASS_CHARS_MAX) {
            return Err(bad(&"an error class is a short name such as \"connect_refused\""));
        }
        Ok(DeliveryFilter {
            states: states(self.states.unwrap_or_default()),
            subscription: subscription.map_err(|error| bad(&error))?,
            event: event.map_err(|error| bad(&error))?,
            event_type: event_type.map_err(|error| bad(&error))?,
            status: self.status_class.map(Into::into),
            last_status: self.last_status,
            error_class: self.error_class,
            dead_letter_reason: self.dead_letter_reason.map(Into::into),
            from: self.accepted_from.map(|at| at.0),
            before: self.accepted_before.map(|at| at.0),
        })
    }
}

/// Each state once.
fn states(given: Vec<DeliveryState>) -> Vec<status::DeliveryState> {
    let mut states: Vec<status::DeliveryState> = given.into_iter().map(Into::into).collect();
    states.sort_unstable();
    states.dedup();
    states
}

/// One event for one subscription, and how far it got.
#[derive(Debug, Clone)]
pub(crate) struct Delivery(pub(crate) status::Delivery);

/// One event for one subscription, and how far it got.
#[Object]
impl Delivery {
    /// Names it globally. Receivers see it as `webhook-id`.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What it is waiting for, if anything.
    async fn state(&self) -> DeliveryState {
        self.0.state.into()
    }

    /// The id of its event.
    async fn event_id(&self) -> ID {
        self.0.event.into()
    }

    /// What it delivers.
    async fn event(&self, ctx: &Context<'_>) -> Result<Option<Event>> {
        Event::load(ctx.scope(), &self.0.event).await
    }

    /// The type of its event.
    async fn event_type(&self) -> &str {
        self.0.event_type.as_str()
    }

    /// Where its event stands in the order of everything.
    async fn event_position(&self) -> PositionText {
        self.0.event_position.into()
    }

    /// The id of its subscription.
    async fn subscription_id(&self) -> ID {
        self.0.subscription.into()
    }

    /// Whom it is for.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<Subscription>> {
        Subscription::load(ctx.scope(), &self.0.subscription).await
    }

    /// How many requests were made.
    async fn attempt_count(&self) -> u32 {
        self.0.attempts
    }

    /// When the next attempt is due, if one is planned. It may start later, as the subscription's limits and state allow.
    async fn next_attempt_at(&self) -> Option<DateTime> {
        self.0.next_attempt_at.map(DateTime)
    }

    /// When the last attempt started.
    async fn last_attempt_at(&self) -> Option<DateTime> {
        self.0.last_attempt_at.map(DateTime)
    }

    /// The status of the last response; none if the last attempt got none.
    async fn last_status(&self) -> Option<u16> {
        self.0.last_status
    }

    /// Why the last attempt got no response, such as `connect_refused`.
    async fn last_error_class(&self) -> Option<&str> {
        self.0.last_error_class.as_deref()
    }

    /// Why it is a dead letter, if it is one; or why it was one, if it was discarded (`CANCELLED`).
    async fn dead_letter_reason(&self) -> Option<DeadLetterReason> {
        self.0.dead_letter_reason.map(Into::into)
    }

    /// Who cancelled it, or discarded it as a dead letter, and why; none if its subscription was deleted instead.
    #[graphql(complexity = "20 + child_complexity")]
    async fn cancellation(&self, ctx: &Context<'_>) -> Result<Option<Cancellation>> {
        if self.0.state != status::DeliveryState::Cancelled {
            return Ok(None);
        }
        // Attempts that were under way may have been recorded after it: they are few.
        let after = Sequence(self.0.version.0.saturating_sub(Cancellation::LOOKED_AT));
        let history = self.past(ctx.scope(), after, app::HISTORY_PAGE_MAX).await?;
        Ok(history.entries.iter().rev().find_map(Cancellation::of))
    }

    /// Since when it is to be made: when its event was accepted.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When anything was recorded of it last.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// How many records there are of it; 0 until its first attempt.
    async fn version(&self) -> Version {
        self.0.version.into()
    }

    /// Every attempt of its first 200 records, oldest first. For more see `history`.
    #[graphql(complexity = "times(20, child_complexity)")]
    async fn attempts(&self, ctx: &Context<'_>) -> Result<Vec<Attempt>> {
        let history = self.past(ctx.scope(), Sequence::NONE, app::HISTORY_PAGE_MAX).await?;
        let attempts = history.entries.iter().filter_map(|entry| Attempt::of(entry, self.sent()));
        attempts.map(|attempt| attempt.charged(ctx.scope())).collect()
    }

    /// What happened to it, oldest first: scheduled, attempted, asked for again, and so on.
    #[graphql(complexity = "times(limit.map_or(50, |limit| usize::from(limit.min(200))), child_complexity)")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what happened after this version; all if left out.")] after_version: Option<
            Version,
        >,
        #[graphql(desc = "At most so many: 1 to 200, by default 50.")] limit: Option<u16>,
    ) -> Result<DeliveryHistory> {
        let after = after_version.map_or(Sequence::NONE, |version| version.0);
        let history = self.past(ctx.scope(), after, usize::from(limit.unwrap_or(50))).await?;
        let entries = history.entries.iter().map(|entry| DeliveryEntry::of(entry, self.sent(), ctx.scope()));
        Ok(DeliveryHistory { entries: entries.collect::<Result<_>>()?, more: history.more })
    }
}

impl Delivery {
    /// The cursor's kind of lists of these.
    pub(crate) const CURSOR: &'static str = "delivery";

    /// What its attempts are made of.
    const fn sent(&self) -> app::deliveries::Sent {
        let status::Delivery { id, event, subscription, .. } = self.0;
        app::deliveries::Sent { delivery: id, event, subscription }
    }

    async fn past(
        &self,
        scope: &Scope,
        after: Sequence,
        limit: usize,
    ) -> Result<app::History<domain::delivery::Event>> {
        let history = scope.app().delivery_history(scope.request(), self.0.id, after, limit).await;
        Ok(history.map_err(|error| plain(error, scope.request_id()))?.unwrap_or_default())
    }
}

impl Entity for Delivery {
    type Id = DeliveryId;

    async fn load(scope: &Scope, id: &DeliveryId) -> Result<Option<Self>> {
        scope.need(domain::Scope::Read)?;
        Ok(scope.loaders().load_one(*id).await?.map(Self))
    }
}

/// Counts the deliveries of a list.
pub(crate) struct DeliveryTotal(DeliveryFilter);

impl DeliveryTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<TotalCount> {
        let scope = ctx.scope();
        let counted =
            scope.views().status().count_deliveries(scope.tenant(), self.0.clone(), TOTAL_MAX + 1).await;
        counted.map(TotalCount::of).map_err(|error| scope.read_error(&error))
    }
}

connection! {
    /// A page of deliveries, newest first.
    DeliveryConnection,
    /// A delivery in a list.
    DeliveryEdge,
    Delivery,
    total: DeliveryTotal
}

/// A page of the deliveries that `filter` selects.
pub(crate) async fn deliveries(
    scope: &Scope,
    filter: DeliveryFilter,
    args: PageArgs,
) -> Result<DeliveryConnection> {
    scope.need(domain::Scope::Read)?;
    let page = args.window(Delivery::CURSOR)?.page(|key| key.parse().ok())?;
    let listed = scope.views().status().deliveries(scope.tenant(), filter.clone(), page).await;
    let listed = listed.map_err(|error| scope.read_error(&error))?;
    let nodes = listed.rows.into_iter().map(|row| {
        let cursor = seal(Delivery::CURSOR, &row.id.to_string());
        (Delivery(row), cursor)
    });
    Ok(DeliveryConnection::new(nodes, listed.has_next, listed.has_previous, DeliveryTotal(filter)))
}
