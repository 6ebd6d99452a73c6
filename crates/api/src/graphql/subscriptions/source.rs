//! From the feed's notices to a stream of them.

use std::sync::Arc;

use async_graphql::SimpleObject;
use domain::Position;
use futures_util::{Stream, stream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::graphql::feed::{Changes, Feed, Notice};
use crate::graphql::model::scalars::PositionText;

/// Changes up to a position were not told, because the client or the views did not keep up. Read the list again, with
/// this position as `minPosition`; the feed goes on.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct FeedLagged {
    /// The position.
    position: PositionText,
}

impl From<Position> for FeedLagged {
    fn from(position: Position) -> Self {
        Self { position: position.into() }
    }
}

/// Every notice, until the service stops. Where notices were lost, the gap is told in their place.
pub(super) fn notices(
    feed: Feed,
    receiver: Receiver<Notice>,
) -> impl Stream<Item = Result<Arc<Changes>, Position>> {
    stream::unfold((feed, receiver), |(feed, mut receiver)| async move {
        let notice = match receiver.recv().await {
            Ok(Notice::Changed(changes)) => Ok(changes),
            Ok(Notice::Gap(position)) => Err(position),
            Err(RecvError::Lagged(_)) => Err(feed.head()),
            Err(RecvError::Closed) => return None,
        };
        Some((notice, (feed, receiver)))
    })
}
