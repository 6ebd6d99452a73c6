//! Reading the next pages while the last one is worked on.

use std::sync::Arc;

use domain::Position;
use tokio::sync::mpsc;

use super::outcome::{CopyError, SideName};
use super::port::Side;
use crate::record::Record;

/// Pages that wait for whoever works on them.
const PAGES_AHEAD: usize = 2;

/// Reads `side` after the first and up to the second position, and passes each page on as `each` makes it. Ends when
/// nobody listens.
pub(super) fn read_ahead<T: Send + 'static>(
    (name, side): (SideName, Arc<dyn Side>),
    (mut after, upto): (Position, Position),
    mut each: impl FnMut(Vec<Record>) -> T + Send + 'static,
) -> mpsc::Receiver<Result<T, CopyError>> {
    let (pages, receiver) = mpsc::channel(PAGES_AHEAD);
    tokio::spawn(async move {
        while after < upto {
            let page = match side.page(after, upto).await {
                Ok(page) => page,
                Err(source) => {
                    // Whoever left does not want to know.
                    let _ = pages.send(Err(CopyError::Read { side: name, after, source })).await;
                    return;
                }
            };
            let Some(last) = page.last() else { return };
            after = last.position;
            if pages.send(Ok(each(page))).await.is_err() {
                return;
            }
        }
    });
    receiver
}
