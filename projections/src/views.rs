//! All views of a ledger: opening them, asking them, waiting for them.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use domain::Position;
use failpoints::Point;
use ledger::{Ledger, LedgerError};
use sqlx::postgres::PgConnectOptions;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::analytics::{Analytics, AnalyticsView};
use crate::queue::{Queue, QueueView};
use crate::runner::{Projection, RebuildError, ViewDefinition};
use crate::status::{Status, StatusView};
use crate::store::{
    Anchor, Checkpoint, Connection, Copy, DatabaseOptions, Fence, FileOptions, Kept, OpenError, Parked,
    ReadError, Readers, Registry, Session, WriteError, Writer, make_in_database, open, open_database,
    share_database,
};
use crate::tools::{Tools, ToolsView};

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
/// How long the ledger may take to come to where the views are.
const LEDGER_PATIENCE: Duration = Duration::from_secs(10);

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

/// Where the copies of a view stand; in the order of the definitions.
#[derive(Debug, Clone, Default)]
struct Standing {
    live: Option<Checkpoint>,
    next: Option<Checkpoint>,
}

/// How far a view has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewProgress {
    /// Its name.
    pub name: &'static str,
    /// The version of the copy that is read.
    pub version: u32,
    /// Everything up to here is folded.
    pub position: Position,
    /// Where the ledger ends.
    pub head: Position,
    /// How many positions it is behind: as many records are missing, or fewer where positions have gaps.
    pub lag: u64,
    /// How many records it could not fold.
    pub parked: u64,
    /// The copy that is being built beside it, if any.
    pub building: Option<Building>,
}

/// How far a copy has come that is being built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Building {
    /// Its version.
    pub version: u32,
    /// Everything up to here is folded.
    pub position: Position,
}

/// The views have not come as far as was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the views have only come to position {at}, try again in a moment")]
pub struct Lagging {
    /// How far they have come.
    pub at: Position,
}

impl Views {
    /// Opens the views in `folder`, which are made if need be. They are served as they are until a [`crate::Runner`]
    /// takes them on; what belongs to another ledger or another version is emptied or built anew.
    pub async fn open(
        folder: &Path,
        ledger: Arc<dyn Ledger>,
        options: FileOptions,
    ) -> Result<Self, OpenError> {
        Self::open_with(folder, ledger, options, DEFINITIONS).await
    }

    /// The same in the database at `address`, where the schema of the ledger is up to date. One process at a time can.
    pub async fn connect(
        address: PgConnectOptions,
        ledger: Arc<dyn Ledger>,
        options: DatabaseOptions,
    ) -> Result<Self, OpenError> {
        Self::connect_with(address, ledger, options, DEFINITIONS).await
    }

    /// The same where several nodes share the views: this one is called `holder`. Until it has the lease called `views` and
    /// [`Views::lead`]s, another node folds, and [`Views::follow`] tells how far.
    pub fn share(
        address: PgConnectOptions,
        ledger: Arc<dyn Ledger>,
        options: DatabaseOptions,
        holder: Uuid,
    ) -> Result<Self, OpenError> {
        let fence = Arc::new(Fence::of(holder));
        let database = share_database(address, options, Handle::current(), fence.clone());
        let writer = Writer::start(None, Kept::Way(Box::new(database.clone()))).map_err(OpenError::Thread)?;
        Ok(Self::of(writer, Readers::of_database(database), ledger, DEFINITIONS, Some(fence)))
    }

    pub(crate) async fn open_with(
        folder: &Path,
        ledger: Arc<dyn Ledger>,
        options: FileOptions,
        definitions: &'static [ViewDefinition],
    ) -> Result<Self, OpenError> {
        let folder = folder.to_owned();
        let opening = tokio::task::spawn_blocking(move || -> Result<_, OpenError> {
            let opened = open(&folder, &options)?;
            let unusable = |source| OpenError::Folder { folder, source };
            let writer = Writer::start(Some(Session::Sqlite(opened.writer)), Kept::Lock(opened.lock));
            Ok((writer.map_err(unusable)?, Readers::of_file(opened.path, options)))
        });
        let (writer, readers) = joined(opening).await?;
        Self::with(writer, readers, ledger, definitions).await
    }

    pub(crate) async fn connect_with(
        address: PgConnectOptions,
        ledger: Arc<dyn Ledger>,
        options: DatabaseOptions,
        definitions: &'static [ViewDefinition],
    ) -> Result<Self, OpenError> {
        let runtime = Handle::current();
        let opening = tokio::task::spawn_blocking(move || -> Result<_, OpenError> {
            let (database, writer) = open_database(address, options, runtime)?;
            let writer = Writer::start(Some(writer), Kept::Way(Box::new(database.clone())));
            let writer = writer.map_err(OpenError::Thread)?;
            Ok((writer, Readers::of_database(database)))
        });
        let (writer, readers) = joined(opening).await?;
        Self::with(writer, readers, ledger, definitions).await
    }

    async fn with(
        writer: Writer,
        readers: Readers,
        ledger: Arc<dyn Ledger>,
        definitions: &'static [ViewDefinition],
    ) -> Result<Self, OpenError> {
        let views = Self::of(writer, readers, ledger, definitions, None);
        if let Err(error) = views.shared.prepare().await {
            views.close().await;
            return Err(error);
        }
        Ok(views)
    }

    fn of(
        writer: Writer,
        readers: Readers,
        ledger: Arc<dyn Ledger>,
        definitions: &'static [ViewDefinition],
        fence: Option<Arc<Fence>>,
    ) -> Self {
        let shared = Arc::new(Shared {
            writer,
            fence,
            ledger,
            definitions,
            demand: watch::Sender::new(Position::START),
            rebuilds: Notify::new(),
            turn: Mutex::new(()),
            readers: readers.clone(),
            apart: std::sync::Mutex::default(),
            standing: watch::Sender::new(vec![Standing::default(); definitions.len()]),
            applied: watch::Sender::new(Position::START),
        });
        Self { shared, readers }
    }

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

impl Standing {
    fn progress(&self, definition: &ViewDefinition, head: Position) -> ViewProgress {
        let live = self.live.as_ref();
        let position = live.map_or(Position::START, |live| live.position);
        ViewProgress {
            name: definition.name(),
            version: live.map_or(definition.version(), |live| live.version),
            position,
            head,
            lag: head.0.saturating_sub(position.0),
            parked: live.map_or(0, |live| live.parked),
            building: self
                .next
                .as_ref()
                .map(|next| Building { version: next.version, position: next.position }),
        }
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

    /// Takes note of where all copies stand.
    pub(crate) fn publish(&self, checkpoints: &[Checkpoint]) {
        let find = |view: &ViewDefinition, copy| {
            checkpoints.iter().find(|found| found.name == view.name() && found.copy == copy).cloned()
        };
        let standing = self.definitions.iter();
        let standing =
            standing.map(|view| Standing { live: find(view, Copy::Live), next: find(view, Copy::Next) });
        self.standing.send_replace(standing.collect());
        self.announce();
    }

    /// Takes note of how far a copy has come.
    pub(crate) fn advanced(&self, view: &ViewDefinition, copy: Copy, position: Position, parked: u64) {
        let Some(place) = self.definitions.iter().position(|other| other.name() == view.name()) else {
            return;
        };
        self.standing.send_modify(|standing| {
            let checkpoint = match copy {
                Copy::Live => &mut standing[place].live,
                Copy::Next => &mut standing[place].next,
            };
            if let Some(checkpoint) = checkpoint {
                checkpoint.position = position;
                checkpoint.parked += parked;
            }
        });
        if copy == Copy::Live {
            #[expect(clippy::cast_precision_loss, reason = "a lag needs no more than a few digits")]
            let lag = self.ledger.head().0.saturating_sub(position.0) as f64;
            metrics::gauge!("hookledger_views_lag_records", "view" => view.name()).set(lag);
            self.announce();
        }
    }

    fn announce(&self) {
        let standing = self.standing.borrow();
        let positions =
            standing.iter().map(|view| view.live.as_ref().map_or(Position::START, |live| live.position));
        let applied = positions.min().unwrap_or_default();
        self.applied.send_if_modified(|before| std::mem::replace(before, applied) != applied);
    }

    /// Whether this version's queries can read the view called `name`.
    fn is_readable(&self, name: &str) -> bool {
        let standing = self.standing.borrow();
        let mut both = self.definitions.iter().zip(standing.iter()).filter(|(view, _)| view.name() == name);
        both.any(|(view, standing)| {
            let version = standing.live.as_ref().map(|live| live.version);
            version.is_some_and(|version| (view.reads_since..=view.version()).contains(&version))
        })
    }

    /// Waits for the ledger to come to where the views are: another node may have folded what this one has not heard of.
    async fn await_ledger(&self) -> Result<(), OpenError> {
        let checkpoints = self.writer.run(|session| Registry(session.connection()).checkpoints()).await?;
        let furthest =
            checkpoints.iter().map(|checkpoint| checkpoint.anchor.position).max().unwrap_or_default();
        // One that never comes there is another ledger, or an older copy of this one.
        let mut head = self.ledger.watch();
        let _ = timeout(LEDGER_PATIENCE, head.wait_for(|head| *head >= furthest)).await;
        Ok(())
    }

    /// Makes the copies that are missing, and empties those that are not of this ledger.
    async fn prepare(&self) -> Result<(), OpenError> {
        let definitions = self.definitions;
        let checkpoints = self.writer.run(|session| Registry(session.connection()).checkpoints()).await?;
        let mut foreign = Vec::new();
        for checkpoint in checkpoints {
            if !self.is_of_this_ledger(checkpoint.anchor).await? {
                tracing::warn!(
                    view = checkpoint.name,
                    position = checkpoint.position.0,
                    "a view was folded from another ledger and starts anew"
                );
                foreign.push((checkpoint.name, checkpoint.copy));
            }
        }
        let settle = move |session: &mut Session| {
            let transaction = session.transaction()?;
            let registry = Registry(transaction.connection());
            for view in definitions {
                settle(registry, view, &foreign)?;
            }
            let checkpoints = registry.checkpoints()?;
            failpoints::reach(Point::ViewsPrepared);
            transaction.commit()?;
            Ok(checkpoints)
        };
        let checkpoints = self.writer.run(settle).await?;
        self.publish(&checkpoints);
        Ok(())
    }

    async fn is_of_this_ledger(&self, anchor: Anchor) -> Result<bool, LedgerError> {
        if anchor.position == Position::START {
            return Ok(true);
        }
        let found = self.ledger.read_one(anchor.position).await?;
        Ok(found.is_some_and(|found| found.id == anchor.record))
    }
}

/// What a thread came to; its panic goes on here.
async fn joined<T>(opening: JoinHandle<Result<T, OpenError>>) -> Result<T, OpenError> {
    opening.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

fn settle(
    registry: Registry<'_>,
    view: &ViewDefinition,
    foreign: &[(String, Copy)],
) -> Result<(), WriteError> {
    registry.sweep(&view.tables)?;
    for (_, copy) in foreign.iter().filter(|(name, _)| name == view.name()) {
        registry.drop_copy(&view.tables, *copy)?;
    }
    let checkpoints = registry.checkpoints()?;
    let version = |copy| {
        let mut found = checkpoints.iter().filter(|found| found.name == view.name() && found.copy == copy);
        found.next().map(|found| found.version)
    };
    let (live, next) = (version(Copy::Live), version(Copy::Next));
    if next.is_some_and(|version| version != view.version()) {
        registry.drop_copy(&view.tables, Copy::Next)?;
    }
    match live {
        None => registry.create(&view.tables, Copy::Live),
        Some(version) if version != view.version() && next != Some(view.version()) => {
            registry.create(&view.tables, Copy::Next)
        }
        Some(_) => Ok(()),
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
