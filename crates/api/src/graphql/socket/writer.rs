//! Sends everything to the peer, in order, one message at a time.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::message::Goodbye;

/// How many messages may wait to be sent; whoever has more waits too.
const WAITING_MAX: usize = 16;

/// Something to send.
#[derive(Debug)]
pub(super) enum Item {
    /// A message of the protocol.
    Text(String),
    /// A question of WebSocket itself: whether the peer is there.
    Ping,
    /// The end.
    Close(Goodbye),
}

/// Where messages are handed over. The other end is gone once the peer does not read any more.
pub(super) type Outbox = mpsc::Sender<Item>;

/// A full outbox and the task that empties it. The task ends when the outbox is dropped, or the peer does not read.
pub(super) fn open(
    sink: SplitSink<WebSocket, Message>,
    send_timeout: Duration,
) -> (Outbox, impl Future<Output = ()> + Send) {
    let (outbox, items) = mpsc::channel(WAITING_MAX);
    (outbox, write(sink, items, send_timeout))
}

async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut items: mpsc::Receiver<Item>,
    send_timeout: Duration,
) {
    while let Some(item) = items.recv().await {
        let (message, last) = match item {
            Item::Text(text) => (Message::Text(text.into()), false),
            Item::Ping => (Message::Ping(axum::body::Bytes::new()), false),
            Item::Close(Goodbye { code, reason }) => {
                (Message::Close(Some(CloseFrame { code, reason: reason.into() })), true)
            }
        };
        let sent = timeout(send_timeout, sink.send(message)).await;
        if last || !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}
