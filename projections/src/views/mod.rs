//! All views of a ledger: opening them, asking them, waiting for them.

mod open;
mod prepare;
mod standing;

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use domain::Position;
use ledger::Ledger;
use tokio::sync::{Mutex, Notify, watch};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

pub use standing::{Building, ViewProgress};

use crate::analytics::{Analytics, AnalyticsView};
use crate::queue::{Queue, QueueView};
use crate::runner::{Projection, RebuildError, ViewDefinition};
use crate::status::{Status, StatusView};
use crate::store::{
    Connection, Copy, Fence, OpenError, Parked, ReadError, Readers, Registry, Session, WriteError, Writer,
    make_in_database,
};
use crate::tools::{Tools, ToolsView};
use standing::Standing;

/// The views that there are.
pub(crate) const DEFINITIONS: &[ViewDefinition] = &[
    ViewDefinition::of::<StatusView>(),
    ViewDefinition::of::<QueueView>(),
    ViewDefinition::of::<AnalyticsView>(),
    ViewDefinition::of::<ToolsView>(),
];

/// How often to look how far another node has folded.
const LOOK: Duration = Duration::from_millis(100);
/// The same while somebody waits for a position.
const LOOK_HURRIED: Duration = Duration::from_millis(20);

/// The views of a ledger. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Views {
    shared: Arc<Shared>,
    readers: Readers,
}

/// What views and runner share.
pub(crate) struct Shared {
    pub(crate) writer: Writer,
    /// Where several nodes share the views: which of them may write.
    fence: Option<Arc<Fence>>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) definitions: &'static [ViewDefinition],
    /// The highest position that somebody waits for.
    pub(crate) demand: watch::Sender<Position>,
    /// A copy was made that is to be filled.
    pub(crate) rebuilds: Notify,
    /// Held by whoever writes the views.
    pub(crate) turn: Mutex<()>,
    pub(crate) readers: Readers,
    /// Further ones, to be closed with them.
    apart: std::sync::Mutex<Vec<Readers>>,
    standing: watch::Sender<Vec<Standing>>,
    applied: watch::Sender<Position>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("standing", &*self.standing.borrow()).finish_non_exhaustive()
    }
}

/// The views have not come as far as was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the views have only come to position {at}, try again in a moment")]
pub struct Lagging {
    /// How far they have come.
    pub at: Position,
}

impl Views {
    /// Begins to write the views, under the lease called `views` that this node took under `epoch`: ends the session of whoever
    /// wrote before, and prepares the views as opening them would. For shared views; run a [`crate::Runner`] then.
    pub async fn lead(&self, epoch: i64) -> Result<(), OpenError> {
        if let Some(fence) = &self.shared.fence {
            fence.set(Some(epoch));
        }
        self.shared.writer.run(|session| Ok(make_in_database(session.connection()))).await??;
        self.shared.await_ledger().await?;
        self.shared.prepare().await
    }

    /// Writes no more, because another node may.
    pub async fn rest(&self) {
        if let Some(fence) = &self.shared.fence {
            fence.set(None);
        }
        self.shared.writer.let_go().await;
    }

    /// Takes note of how far another node has folded the views, until `stop`.
    pub async fn follow(&self, stop: CancellationToken) {
        let readers = self.readers.beside(1);
        let mut applied = self.applied();
        loop {
            let found = readers.read(|snapshot| Ok(Registry(snapshot).checkpoints()?)).await;
            match found {
                Ok(checkpoints) => self.shared.publish(&checkpoints),
                // Before the first node has made them, too.
                Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "no checkpoints"),
            }
            let hurried = *self.shared.demand.borrow() > *applied.borrow_and_update();
            let pause = tokio::time::sleep(if hurried { LOOK_HURRIED } else { LOOK });
            tokio::select! {
                () = stop.cancelled() => break,
                () = pause => {}
            }
        }
        readers.close().await;
    }

    /// Queries about tenants, keys, types, subscriptions, events and deliveries.
    pub fn status(&self) -> Status {
        Status::new(self.reader(StatusView::NAME))
    }

    /// Queries about what waits.
    pub fn queue(&self) -> Queue {
        Queue::new(self.reader(QueueView::NAME))
    }

    /// Queries about bulk actions and tests.
    pub fn tools(&self) -> Tools {
        Tools::new(self.reader(ToolsView::NAME))
    }

    /// Queries about how much happened.
    pub fn analytics(&self) -> Analytics {
        Analytics::new(self.reader(AnalyticsView::NAME))
    }

    /// The same views for somebody who reads over so many connections of their own: whoever takes all others does not hold
    /// them up. They are closed with these.
    #[must_use]
    pub fn apart(&self, readers: usize) -> Self {
        let readers = self.readers.beside(readers);
        self.shared.apart.lock().unwrap_or_else(PoisonError::into_inner).push(readers.clone());
        Self { shared: self.shared.clone(), readers }
    }

    fn reader(&self, view: &'static str) -> Reader {
        Reader { shared: self.shared.clone(), readers: self.readers.clone(), view }
    }

    /// Waits until every view has folded `position`, or until `deadline`. Hurries them.
    pub async fn wait_for(&self, position: Position, deadline: Instant) -> Result<(), Lagging> {
        let mut applied = self.shared.applied.subscribe();
        if *applied.borrow_and_update() >= position {
            return Ok(());
        }
        // Somebody who asks for what is not recorded yet hurries nobody.
        let wanted = position.min(self.shared.ledger.head());
        self.shared.demand.send_if_modified(|demand| {
            wanted > *demand && {
                *demand = wanted;
                true
            }
        });
        match timeout_at(deadline, applied.wait_for(|at| *at >= position)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Lagging { at: *self.shared.applied.borrow() }),
        }
    }

    /// Waits until every view has been made, by whichever node.
    pub async fn made(&self) {
        let mut standing = self.shared.standing.subscribe();
        // The sender lives as long as these views.
        let _ = standing.wait_for(|views| views.iter().all(|view| view.live.is_some())).await;
    }

    /// Follows the position that every view has folded.
    pub fn applied(&self) -> watch::Receiver<Position> {
        self.shared.applied.subscribe()
    }

    /// How far each view has come.
    pub fn progress(&self) -> Vec<ViewProgress> {
        let head = self.shared.ledger.head();
        let standing = self.shared.standing.borrow();
        let both = self.shared.definitions.iter().zip(standing.iter());
        both.map(|(definition, standing)| standing.progress(definition, head)).collect()
    }

    /// Records that views could not fold, the last ones first: at most `limit` and [`crate::LIMIT_MAX`].
    pub async fn parked(&self, limit: usize) -> Result<Vec<Parked>, ReadError> {
        let limit = limit.min(crate::LIMIT_MAX);
        self.readers.read(move |snapshot| crate::store::parked(snapshot, limit)).await
    }

    /// Has the runner make the view called `name` again, beside the one that is read. Its progress shows in
    /// [`Views::progress`]. Asking again while it is being made changes nothing.
    pub async fn start_rebuild(&self, name: &str) -> Result<(), RebuildError> {
        let view = self.shared.definition(name)?;
        self.shared.begin_rebuild(view).await?;
        self.shared.rebuilds.notify_one();
        Ok(())
    }

    /// Lets queries and writes that have begun end, and closes the database. Later ones are refused.
    pub async fn close(&self) {
        let apart = std::mem::take(&mut *self.shared.apart.lock().unwrap_or_else(PoisonError::into_inner));
        for readers in [&self.shared.readers].into_iter().chain(&apart) {
            readers.close().await;
        }
        self.shared.writer.close().await;
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Shared {
    /// The view called `name`.
    pub(crate) fn definition(&self, name: &str) -> Result<&'static ViewDefinition, RebuildError> {
        self.definitions.iter().find(|view| view.name() == name).ok_or_else(|| RebuildError::Unknown {
            name: name.to_owned(),
            known: self.definitions.iter().map(ViewDefinition::name).collect(),
        })
    }

    /// Makes an empty copy to be filled, unless there is one.
    pub(crate) async fn begin_rebuild(&self, view: &ViewDefinition) -> Result<(), WriteError> {
        let definition = view.tables;
        let begin = move |session: &mut Session| {
            let transaction = session.transaction()?;
            let registry = Registry(transaction.connection());
            if registry.position(definition.name, Copy::Next)?.is_none() {
                registry.create(&definition, Copy::Next)?;
            }
            Ok(transaction.commit()?)
        };
        self.writer.run(begin).await
    }
}

/// Reads one view.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    shared: Arc<Shared>,
    readers: Readers,
    view: &'static str,
}

impl Reader {
    /// Runs `query` on a snapshot of the view.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(Connection<'_>) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        if !self.shared.is_readable(self.view) {
            return Err(ReadError::Building { view: self.view });
        }
        self.readers.read(query).await
    }
}
