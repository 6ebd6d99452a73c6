//! Dead letters by what they have in common.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use projections::status;

use super::delivery::{DeadLetterReason, Delivery};
use super::scalars::DateTime;
use super::subscription::Subscription;
use crate::graphql::entity::Entity;
use crate::graphql::scope::CtxExt;

/// Dead letters by cause.
#[derive(SimpleObject)]
pub(crate) struct DeadLetterGroups {
    /// The groups, the largest first: at most 100.
    groups: Vec<DeadLetterGroup>,
    /// Whether these are all groups, of all dead letters. If not, the newest 100,000 were looked at.
    complete: bool,
}

/// Dead letters that died of the same cause.
pub(crate) struct DeadLetterGroup(status::DeadLetterGroup);

/// Dead letters that died of the same cause.
#[Object]
impl DeadLetterGroup {
    /// The id of their subscription.
    async fn subscription_id(&self) -> ID {
        self.0.subscription.into()
    }

    /// To whom they went.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<Subscription>> {
        Subscription::load(ctx.scope(), &self.0.subscription).await
    }

    /// Why no attempt is left.
    async fn reason(&self) -> DeadLetterReason {
        self.0.reason.into()
    }

    /// The status of the last response; none if the last attempt got none.
    async fn last_status(&self) -> Option<u16> {
        self.0.last_status
    }

    /// Why the last attempt got no response, such as `connect_refused`.
    async fn last_error_class(&self) -> Option<&str> {
        self.0.last_error_class.as_deref()
    }

    /// How many there are.
    async fn count(&self) -> u64 {
        self.0.count
    }

    /// Since when there are any: when the first of them became one.
    async fn first_at(&self) -> DateTime {
        self.0.first_at.into()
    }

    /// When the last of them became one.
    async fn last_at(&self) -> DateTime {
        self.0.last_at.into()
    }

    /// The newest of them.
    async fn sample(&self, ctx: &Context<'_>) -> Result<Option<Delivery>> {
        Delivery::load(ctx.scope(), &self.0.sample).await
    }
}

impl From<status::DeadLetterGroups> for DeadLetterGroups {
    fn from(found: status::DeadLetterGroups) -> Self {
        let groups = found.groups.into_iter().map(DeadLetterGroup).collect();
        Self { groups, complete: found.complete }
    }
}
