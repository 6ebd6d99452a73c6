//! Reading the ledger ahead of the engine, in a task of its own: a page that is being read is never given up because
//! something else happened first.

use std::sync::Arc;
use std::time::Duration;

use domain::{Position, StreamKind};
use ledger::{Filter, Kinds, Ledger, LedgerError, Page, Tail};
use tokio::sync::mpsc;

/// Pages that wait for the engine.
const PAGES_AHEAD: usize = 2;
/// How long after a failed read it is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// What happens to event types, subscriptions, events and deliveries after `after`, page by page; ends when the ledger closes.
pub(crate) fn start(ledger: Arc<dyn Ledger>, after: Position) -> mpsc::Receiver<Page> {
    const KINDS: Filter = Filter::Kinds(Kinds::of(&[
        StreamKind::EventType,
        StreamKind::Subscription,
        StreamKind::Event,
        StreamKind::Delivery,
    ]));
    let (pages, wanted) = mpsc::channel(PAGES_AHEAD);
    let mut tail = Tail::new(ledger, after, KINDS);
    tokio::spawn(async move {
        loop {
            let page = tokio::select! {
                page = tail.next_page() => page,
                () = pages.closed() => return,
            };
            match page {
                Ok(page) => {
                    if pages.send(page).await.is_err() {
                        return;
                    }
                }
                Err(LedgerError::ShuttingDown) => return,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the ledger could not be followed"
                    );
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    });
    wanted
}
