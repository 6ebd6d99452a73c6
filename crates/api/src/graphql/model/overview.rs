//! What is going on now.

use async_graphql::{Enum, SimpleObject};
use domain::subscription::DisableReason;
use projections::status;

use super::analytics::AnalyticsCounts;
use super::scalars::DateTime;
use super::service::Projection;
use super::subscription::Subscription;
use crate::graphql::connection::TotalCount;

/// What is going on now, in the tenant.
#[derive(SimpleObject)]
pub(crate) struct Overview {
    /// When that was.
    pub(crate) at: DateTime,
    /// Deliveries that wait for their first attempt: the backlog, with what paused subscriptions hold back.
    pub(crate) waiting: TotalCount,
    /// Deliveries that wait for another attempt.
    pub(crate) retrying: TotalCount,
    /// Those of them that are due. They may be held back by limits, a pause, or a breaker that is open.
    pub(crate) due_retries: TotalCount,
    /// Deliveries that will not be attempted again unless somebody asks.
    pub(crate) dead_letters: TotalCount,
    /// How many subscriptions there are.
    pub(crate) subscriptions: SubscriptionCounts,
    /// Subscriptions that need a look, the worst first: at most 50.
    pub(crate) unhealthy: Vec<UnhealthySubscription>,
    /// How much happened in the last 60 minutes.
    pub(crate) last_hour: AnalyticsCounts,
    /// How far the views have come that queries read.
    pub(crate) projections: Vec<Projection>,
}

/// How many subscriptions there are in each state.
#[derive(SimpleObject)]
pub(crate) struct SubscriptionCounts {
    /// That take events and deliver them.
    pub(crate) active: u64,
    /// That hold events back.
    pub(crate) paused: u64,
    /// That take no events.
    pub(crate) disabled: u64,
}

/// Why a subscription needs a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum UnhealthyReason {
    /// It was disabled because attempts kept failing.
    DisabledByFailures,
    /// It was disabled because the endpoint answered 410 Gone.
    EndpointGone,
    /// Nearly all attempts have been failing for a while.
    Failing,
    /// The last attempt failed.
    LastAttemptFailed,
}

/// A subscription that needs a look.
#[derive(SimpleObject)]
pub(crate) struct UnhealthySubscription {
    /// The subscription.
    subscription: Subscription,
    /// Why it does.
    reason: UnhealthyReason,
    /// Since when, as far as that is known.
    since: Option<DateTime>,
}

impl From<status::Subscription> for UnhealthySubscription {
    fn from(row: status::Subscription) -> Self {
        let (reason, since) = match (&row.disable_reason, row.failing_since) {
            (Some(DisableReason::EndpointGone), _) => (UnhealthyReason::EndpointGone, Some(row.updated_at)),
            (Some(DisableReason::Failing { since }), _) => {
                (UnhealthyReason::DisabledByFailures, Some(*since))
            }
            (_, Some(since)) => (UnhealthyReason::Failing, Some(since)),
            (_, None) => (UnhealthyReason::LastAttemptFailed, row.last_attempt.as_ref().map(|last| last.at)),
        };
        Self { subscription: Subscription(row), reason, since: since.map(DateTime) }
    }
}
