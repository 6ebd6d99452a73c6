//! Changes of deliveries.

use async_graphql::{Context, Result, SimpleObject, Subscription, Union};
use domain::Position;
use futures_util::{Stream, StreamExt, stream};
use projections::status::{self, DeliveryFilter, StatusClass};

use super::source::{FeedLagged, notices};
use crate::graphql::model::delivery::{Delivery, DeliveryFilterInput};
use crate::graphql::model::scalars::PositionText;
use crate::graphql::scope::CtxExt;

/// A delivery is new, or other than before.
#[derive(SimpleObject)]
struct DeliveryChange {
    /// Where the change stands in the order of everything.
    position: PositionText,
    /// The delivery, as it is now: changes that follow each other quickly are told as one.
    delivery: Delivery,
}

/// What the feed of deliveries tells.
#[derive(Union)]
enum DeliveryFeedItem {
    /// A delivery is new, or other than before.
    Change(Box<DeliveryChange>),
    /// Changes were not told.
    Lagged(FeedLagged),
}

#[derive(Default)]
pub(crate) struct DeliverySubscriptions;

#[Subscription]
impl DeliverySubscriptions {
    /// Changes of the tenant's deliveries from now on: new ones, attempts, dead letters, what people did.
    ///
    /// Needs the scope `READ`. Where very many events are published at once, their deliveries are told from the first
    /// attempt on.
    async fn delivery_changes<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "Which deliveries; all, if left out.")] filter: Option<DeliveryFilterInput>,
    ) -> Result<impl Stream<Item = DeliveryFeedItem> + 'ctx> {
        let scope = ctx.scope();
        scope.need(domain::Scope::Read)?;
        let filter = filter.unwrap_or_default().read()?;
        let feed = scope.state().feed();
        let (receiver, head) = (feed.listen(scope.tenant()), feed.clone());
        let notices = notices(receiver, move || head.head());
        let items = notices.flat_map(move |notice| {
            let items: Vec<_> = match notice {
                Ok(changes) => {
                    let wanted = changes.deliveries.iter().filter(|(_, row)| accepts(&filter, row));
                    wanted.map(|(position, row)| DeliveryFeedItem::change(*position, row.clone())).collect()
                }
                Err(position) => vec![DeliveryFeedItem::Lagged(position.into())],
            };
            stream::iter(items)
        });
        Ok(items.inspect(|_| scope.begin_item()))
    }
}

impl DeliveryFeedItem {
    fn change(position: Position, row: status::Delivery) -> Self {
        Self::Change(Box::new(DeliveryChange { position: position.into(), delivery: Delivery(row) }))
    }
}

/// Whether a list with this filter would show the delivery.
fn accepts(filter: &DeliveryFilter, row: &status::Delivery) -> bool {
    let DeliveryFilter {
        states,
        subscription,
        event,
        event_type,
        status,
        last_status,
        error_class,
        dead_letter_reason,
        from,
        before,
    } = filter;
    (states.is_empty() || states.contains(&row.state))
        && subscription.is_none_or(|wanted| wanted == row.subscription)
        && event.is_none_or(|wanted| wanted == row.event)
        && event_type.as_ref().is_none_or(|pattern| pattern.matches(&row.event_type))
        && status.is_none_or(|wanted| class(row) == Some(wanted))
        && last_status.is_none_or(|wanted| row.last_status == Some(wanted))
        && dead_letter_reason.is_none_or(|wanted| row.dead_letter_reason == Some(wanted))
        && error_class.as_ref().is_none_or(|wanted| row.last_error_class.as_ref() == Some(wanted))
        && from.is_none_or(|from| row.created_at >= from)
        && before.is_none_or(|before| row.created_at < before)
}

/// What kind of answer the last attempt got.
fn class(row: &status::Delivery) -> Option<StatusClass> {
    match row.last_status {
        None if row.last_attempt_at.is_none() => Some(StatusClass::NoAttempt),
        None => Some(StatusClass::NoResponse),
        Some(200..=299) => Some(StatusClass::Success),
        Some(300..=399) => Some(StatusClass::Redirect),
        Some(400..=499) => Some(StatusClass::ClientError),
        Some(500..=599) => Some(StatusClass::ServerError),
        Some(_) => None,
    }
}
