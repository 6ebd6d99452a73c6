//! Opening the views of a ledger, in a folder or in a database.

use std::path::Path;
use std::sync::Arc;

use domain::Position;
use ledger::Ledger;
use sqlx::postgres::PgConnectOptions;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::standing::Standing;
use super::{DEFINITIONS, Shared, Views};
use crate::runner::ViewDefinition;
use crate::store::{
    DatabaseOptions, Fence, FileOptions, Kept, OpenError, Readers, Session, Writer, open, open_database,
    share_database,
};

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
}

/// What a thread came to; its panic goes on here.
async fn joined<T>(opening: JoinHandle<Result<T, OpenError>>) -> Result<T, OpenError> {
    opening.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
