//! Copies of views that stand at the same checkpoint and go on together.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use domain::Position;
use domain::routing::Router;
use ledger::{Ledger, LedgerError};

use super::apply::{Applied, Target, Work, apply, router_as_of};
use super::feed::{Feed, FeedOptions, Fetched};
use super::run::RunnerError;
use crate::store::{WriteError, Writer};

/// How long to wait after the database could not be written.
const BACKOFF: Duration = Duration::from_millis(500);

/// Copies of views that stand at the same checkpoint, and the way on from there.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) targets: Vec<Target>,
    /// The checkpoint.
    pub(super) position: Position,
    /// The subscriptions as of the checkpoint; none after an error, until they have been read again.
    router: Option<Router>,
    feed: Feed,
    /// Whether the ledger ended at the checkpoint when it was last read.
    at_end: bool,
    /// The page that is being folded, and how many of its records were.
    current: Option<(Fetched, usize)>,
    /// Up to here records are folded one by one, since one of them gave trouble.
    careful_until: Position,
}

/// What a step came to.
#[derive(Debug)]
pub(super) enum Stepped {
    /// The checkpoint moved.
    Applied {
        /// By how many records.
        records: usize,
        /// How many of them were parked, for each target.
        parked: Vec<u64>,
    },
    /// Nothing changed, and the next step goes about it differently.
    Again,
    /// Somebody else moved the checkpoint.
    Moved,
}

impl Pass {
    /// Goes on from `position` with `targets`, which all stand there.
    pub(super) fn start(
        ledger: &Arc<dyn Ledger>,
        targets: Vec<Target>,
        position: Position,
        feed: FeedOptions,
    ) -> Self {
        let (feed, at_end) = (Feed::start(ledger.clone(), position, feed), position >= ledger.head());
        Self { targets, position, router: None, feed, at_end, current: None, careful_until: Position::START }
    }

    /// Whether the ledger ended at the checkpoint when it was last read.
    pub(super) const fn is_at_end(&self) -> bool {
        self.at_end
    }

    /// Whether there is something to fold; `false` once the ledger has closed.
    pub(super) fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        if self.current.is_some() {
            return Poll::Ready(true);
        }
        self.feed.poll_next(context).map(|page| {
            self.current = page.map(|page| (page, 0));
            self.current.is_some()
        })
    }

    /// Folds the next records, none beyond `bound`. There must be something to fold.
    pub(super) async fn step(
        &mut self,
        ledger: &dyn Ledger,
        writer: &Writer,
        bound: Option<Position>,
    ) -> Result<Stepped, RunnerError> {
        let Some((Fetched { page, is_last }, skip)) = self.current.clone() else { return Ok(Stepped::Again) };
        let router = match self.router.take() {
            Some(router) => router,
            None => match router_as_of(ledger, self.position).await {
                Ok(router) => router,
                Err(LedgerError::ShuttingDown) => return Err(LedgerError::ShuttingDown.into()),
                Err(error) => {
                    tracing::warn!(%error, "the subscriptions could not be read, the views wait");
                    tokio::time::sleep(BACKOFF).await;
                    return Ok(Stepped::Again);
                }
            },
        };
        let upto = bound.map_or(page.upto, |bound| bound.min(page.upto));
        let careful = self.position < self.careful_until;
        let (targets, from) = (self.targets.clone(), self.position);
        let work = Work { targets, from, page: page.clone(), skip, upto, router, careful };
        let started = Instant::now();
        match writer.run(move |connection| apply(connection, work)).await {
            Ok(applied) => {
                metrics::histogram!("hookledger_views_apply_seconds").record(started.elapsed().as_secs_f64());
                Ok(self.applied(Fetched { page, is_last }, skip, applied))
            }
            Err(error) if error.blames_records() && !careful => {
                tracing::warn!(%error, after = from.0, upto = upto.0, "a page could not be folded, trying its records one by one");
                self.careful_until = upto;
                Ok(Stepped::Again)
            }
            Err(WriteError::Moved { .. }) => Ok(Stepped::Moved),
            Err(WriteError::Closed) => Err(WriteError::Closed.into()),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    position = from.0,
                    "the views cannot be written, trying again"
                );
                tokio::time::sleep(BACKOFF).await;
                Ok(Stepped::Again)
            }
        }
    }

    fn applied(&mut self, fetched: Fetched, skip: usize, applied: Applied) -> Stepped {
        let Applied { position, records, router, parked } = applied;
        #[expect(clippy::cast_precision_loss, reason = "a page has some thousand records at most")]
        metrics::histogram!("hookledger_views_page_records").record(records as f64);
        self.position = position;
        self.router = Some(router);
        let more = position < fetched.page.upto;
        self.at_end = fetched.is_last && !more;
        self.current = more.then(|| (fetched, skip + records));
        Stepped::Applied { records, parked }
    }
}
