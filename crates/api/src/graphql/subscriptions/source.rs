//! From the feed's notices to a stream of them.

use std::sync::Arc;

use async_graphql::SimpleObject;
use domain::Position;
use futures_util::{Stream, stream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::graphql::feed::{Changes, Notice};
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

/// Every notice, until the service stops. Where notices were lost, the gap is told in their place: up to `head`.
pub(super) fn notices(
    receiver: Receiver<Notice>,
    head: impl Fn() -> Position + Send,
) -> impl Stream<Item = Result<Arc<Changes>, Position>> {
    stream::unfold((receiver, head), |(mut receiver, head)| async move {
        let notice = match receiver.recv().await {
            Ok(Notice::Changed(changes)) => Ok(changes),
            Ok(Notice::Gap(position)) => Err(position),
            Err(RecvError::Lagged(_)) => Err(head()),
            Err(RecvError::Closed) => return None,
        };
        Some((notice, (receiver, head)))
    })
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use tokio::sync::broadcast;

    use super::*;

    #[tokio::test]
    async fn a_listener_that_does_not_keep_up_is_told_and_goes_on() {
        let (sender, receiver) = broadcast::channel(2);
        for _ in 0..5 {
            sender.send(Notice::Changed(Arc::default())).expect("somebody listens");
        }
        sender.send(Notice::Gap(Position(6))).expect("somebody listens");
        drop(sender);
        let told: Vec<_> = notices(receiver, || Position(9))
            .map(|notice| notice.map(|_| ()).map_err(|at| at.0))
            .collect()
            .await;
        assert_eq!(told, [Err(9), Ok(()), Err(6)]);
    }
}
