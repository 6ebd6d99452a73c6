//! How much happened, and what is going on now.

use std::time::Duration;

use async_graphql::{Context, Error, ID, Object, Result};
use domain::{EventType, SubscriptionId, Timestamp};
use projections::analytics::{Resolution, Series};
use projections::status::{DeliveryFilter, DeliveryState, SubscriptionFilter, SubscriptionState};
use projections::{ReadError, Views};

use crate::graphql::connection::{TOTAL_MAX, TotalCount, times};
use crate::graphql::errors::field_error;
use crate::graphql::model::analytics::{Analytics, AnalyticsInterval};
use crate::graphql::model::overview::{Overview, SubscriptionCounts};
use crate::graphql::model::scalars::{DateTime, PositionText};
use crate::graphql::model::service::Projection;
use crate::graphql::scope::{CtxExt, Scope};

/// The most buckets of one series: a day of minutes, and a little more.
const POINTS_MAX: i64 = 1_500;
/// The most subscriptions that the overview lists.
const UNHEALTHY_MAX: usize = 50;
/// The most subscriptions that are counted: more than a tenant can have.
const SUBSCRIPTIONS_MAX: u64 = 1_000_000;

#[derive(Default)]
pub(crate) struct AnalyticsQueries;

#[Object]
impl AnalyticsQueries {
    /// How much happened in a span of time, bucket by bucket, oldest first.
    ///
    /// Both ends are moved outwards to where buckets start; at most 1,500 of them may lie between. What was recorded in
    /// a bucket counts there; tests are left out. For a type of a subscription there are hours and days only.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "times(100, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a span, a length, and whose numbers")]
    async fn analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where the span starts.")] from: DateTime,
        #[graphql(desc = "Where it ends.")] to: DateTime,
        #[graphql(desc = "How long the buckets are.")] interval: AnalyticsInterval,
        #[graphql(desc = "Only what belongs to this subscription.")] subscription_id: Option<ID>,
        #[graphql(desc = "Only what is of this type of event, such as `benchmark.completed`.")]
        event_type: Option<String>,
        #[graphql(desc = "Wait until the views have come to this position: what a mutation answered with.")]
        min_position: Option<PositionText>,
    ) -> Result<Analytics> {
        let scope = ctx.scope();
        scope.need(domain::Scope::Read)?;
        let (from, to) = span(interval, from.0, to.0)?;
        let subscription = subscription_id.map(|id| id.parse::<SubscriptionId>()).transpose();
        let event_type = event_type.map(|name| EventType::parse(&name)).transpose();
        let wanted = Series {
            resolution: interval.resolution(),
            from,
            before: to,
            subscription: subscription.map_err(|error| bad(error.to_string()))?,
            event_type: event_type.map_err(|error| bad(error.to_string()))?,
        };
        let both = wanted.subscription.is_some() && wanted.event_type.is_some();
        if both && wanted.resolution == Resolution::Minute {
            return Err(bad("for a type of a subscription there are hours and days only"));
        }
        scope.reach_if(min_position).await?;
        let buckets = scope.views().analytics().series(scope.tenant(), wanted).await;
        Ok(Analytics::of(interval, from, to, buckets.map_err(|error| scope.read_error(&error))?))
    }

    /// What is going on now: what waits, what has failed, what needs a look.
    ///
    /// Needs the scope `READ`.
    #[graphql(complexity = "times(10, child_complexity)")]
    async fn overview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Wait until the views have come to this position: what a mutation answered with.")]
        min_position: Option<PositionText>,
    ) -> Result<Overview> {
        let scope = ctx.scope();
        scope.need(domain::Scope::Read)?;
        scope.reach_if(min_position).await?;
        overview(scope).await.map_err(|error| scope.read_error(&error))
    }
}

fn bad(message: impl Into<String>) -> Error {
    field_error("BAD_USER_INPUT", message)
}

/// The span as whole buckets.
fn span(interval: AnalyticsInterval, from: Timestamp, to: Timestamp) -> Result<(Timestamp, Timestamp)> {
    if from >= to {
        return Err(bad("\"from\" must lie before \"to\""));
    }
    let last = interval.start(Timestamp::from_micros(to.as_micros() - 1));
    let (from, to) = (interval.start(from), Timestamp::from_micros(last.as_micros() + interval.micros()));
    let points = (to.as_micros() - from.as_micros()) / interval.micros();
    if points > POINTS_MAX {
        return Err(bad(format!(
            "that would be {points} buckets, at most {POINTS_MAX} are answered; take a shorter span or a longer interval"
        )));
    }
    Ok((from, to))
}

async fn overview(scope: &Scope) -> Result<Overview, ReadError> {
    let (views, tenant, now) = (scope.views(), scope.tenant(), scope.now());
    let deliveries = async |state| {
        let filter = DeliveryFilter { states: vec![state], ..DeliveryFilter::default() };
        let counted = views.status().count_deliveries(tenant, filter, TOTAL_MAX + 1).await?;
        Ok::<_, ReadError>(TotalCount::of(counted))
    };
    let troubled = views.status().troubled_subscriptions(tenant, UNHEALTHY_MAX).await?;
    Ok(Overview {
        at: now.into(),
        waiting: deliveries(DeliveryState::Waiting).await?,
        retrying: deliveries(DeliveryState::Retrying).await?,
        due_retries: TotalCount::of(views.queue().count_due(tenant, now, TOTAL_MAX + 1).await?),
        dead_letters: deliveries(DeliveryState::DeadLettered).await?,
        subscriptions: subscriptions(scope, views).await?,
        unhealthy: troubled.into_iter().map(Into::into).collect(),
        last_hour: last_hour(scope, views).await?,
        projections: views.progress().into_iter().map(Projection::from).collect(),
    })
}

async fn subscriptions(scope: &Scope, views: &Views) -> Result<SubscriptionCounts, ReadError> {
    let count = async |state| {
        let filter = SubscriptionFilter { states: vec![state], ..SubscriptionFilter::default() };
        views.status().count_subscriptions(scope.tenant(), filter, SUBSCRIPTIONS_MAX).await
    };
    Ok(SubscriptionCounts {
        active: count(SubscriptionState::Active).await?,
        paused: count(SubscriptionState::Paused).await?,
        disabled: count(SubscriptionState::Disabled).await?,
    })
}

async fn last_hour(
    scope: &Scope,
    views: &Views,
) -> Result<crate::graphql::model::analytics::AnalyticsCounts, ReadError> {
    const HOUR: Duration = Duration::from_hours(1);
    let resolution = Resolution::Minute;
    let now = scope.now();
    let from = resolution.start(Timestamp::from_micros(
        now.as_micros() - i64::try_from(HOUR.as_micros()).unwrap_or(i64::MAX) + resolution.micros(),
    ));
    let wanted = Series { resolution, from, before: Timestamp::MAX, subscription: None, event_type: None };
    let buckets = views.analytics().series(scope.tenant(), wanted).await?;
    let mut sum = projections::analytics::Counts::default();
    for bucket in &buckets {
        sum.merge(&bucket.counts);
    }
    Ok((&sum).into())
}
