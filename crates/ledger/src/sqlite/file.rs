//! The file: making it, recognising it, opening it.
//!
//! Whatever is not a ledger of a format that is known here is refused before anything touches it: the first bytes of
//! the file are read by hand, for even opening somebody else's database with `SQLite` may leave traces beside it.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Position;
use failpoints::Point;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::lock::{FolderLock, Locked};

/// The format that is written, as `PRAGMA user_version`.
pub const FORMAT: u32 = 1;

/// `HKLG`, as `PRAGMA application_id`.
const APPLICATION: u32 = 0x484b_4c47;
/// Bytes of a page; see `schema.sql` for the reason.
pub(super) const PAGE_BYTES: usize = 8_192;
/// The ledger's file in the data folder.
const NAME: &str = "ledger.db";
/// What it is called until it is complete.
const UNFINISHED: &str = "ledger.db.new";
/// What it is called while it is filled from another ledger.
const FILLED: &str = "ledger.db.copy";
/// How long to wait for a program that has the file open beside us.
const BUSY: Duration = Duration::from_secs(5);
/// Kibibytes of pages that the writer keeps in memory.
const WRITER_CACHE_KIB: i64 = 8_192;
/// Kibibytes of pages that each reader keeps in memory.
const READER_CACHE_KIB: i64 = 1_024;

/// Why the ledger in a folder could not be opened. Unless it says otherwise nothing was touched.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made, read or written.
    #[error("the data folder {} cannot be used", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another process works in the folder.
    #[error("the data folder {} is in use{}: stop that process first, or choose another folder", folder.display(), by(*holder))]
    InUse {
        /// Which.
        folder: PathBuf,
        /// The process that has it, if known.
        holder: Option<u32>,
    },
    /// There is a file in the ledger's place that is not a ledger.
    #[error("{} is not a ledger of Hookledger: move it away, or choose another data folder", path.display())]
    Foreign {
        /// Which.
        path: PathBuf,
    },
    /// Written by a newer Hookledger.
    #[error("{} has format {found}, and this Hookledger knows formats up to {FORMAT}: start a newer one", path.display())]
    Newer {
        /// Which.
        path: PathBuf,
        /// The format it has.
        found: u32,
    },
    /// There is no ledger, where one was to be read.
    #[error("there is no ledger in {}", folder.display())]
    Absent {
        /// Where.
        folder: PathBuf,
    },
    /// There is a ledger, where one was to be made.
    #[error("there is a ledger in {} already: only a folder without one can be filled", folder.display())]
    Present {
        /// Where.
        folder: PathBuf,
    },
    /// The ledger is gone, but what had not yet been moved into it is there.
    #[error("{} is missing although its write-ahead log is there: put it back, or move the log away", path.display())]
    Missing {
        /// What is missing.
        path: PathBuf,
    },
    /// Some other program is using the file and does not let go.
    #[error("{} is being used by another program: close that program", path.display())]
    Busy {
        /// Which.
        path: PathBuf,
    },
    /// `SQLite` could not open it, or what it holds is damaged. The file may have been recovered after a crash.
    #[error("{} cannot be opened", path.display())]
    Sqlite {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: rusqlite::Error,
    },
}

fn by(holder: Option<u32>) -> String {
    holder.map_or_else(String::new, |pid| format!(" by process {pid}"))
}

/// An open ledger: the writer's connection, where it ends, and the lock on its folder.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) head: Position,
    pub(super) path: PathBuf,
    pub(super) lock: FolderLock,
}

/// Where the ledger in `folder` is, which must be there.
pub(super) fn check_there(folder: &Path) -> Result<PathBuf, OpenError> {
    let path = folder.join(NAME);
    if !path.exists() {
        return Err(OpenError::Absent { folder: folder.to_owned() });
    }
    check_header(&path)?;
    Ok(path)
}

/// Opens the ledger in `folder`, which is made if need be.
pub(super) fn open(folder: &Path) -> Result<Opened, OpenError> {
    let unusable = |source| OpenError::Folder { folder: folder.to_owned(), source };
    let path = folder.join(NAME);
    let exists = path.try_exists().map_err(unusable)?;
    // Where somebody may be at work the lock comes first. A file in a folder without one is looked at first, so that
    // a folder which is not ours stays as it is.
    if exists && !FolderLock::exists(folder) {
        check_header(&path)?;
    }
    private_folder(folder).map_err(unusable)?;
    let lock = lock(folder)?;
    if exists {
        check_header(&path)?;
    } else {
        create(folder, &path)?;
    }
    let (connection, head) = open_writer(&path)?;
    Ok(Opened { connection, head, path, lock })
}

fn lock(folder: &Path) -> Result<FolderLock, OpenError> {
    FolderLock::take(folder).map_err(|locked| match locked {
        Locked::By(holder) => OpenError::InUse { folder: folder.to_owned(), holder },
        Locked::Io(source) => OpenError::Folder { folder: folder.to_owned(), source },
    })
}

/// Opens a ledger in `folder` that is filled from another one, or makes it; no server takes it for its own before
/// [`settle_filled`].
pub(super) fn open_filled(folder: &Path) -> Result<Opened, OpenError> {
    let unusable = |source| OpenError::Folder { folder: folder.to_owned(), source };
    private_folder(folder).map_err(unusable)?;
    let lock = lock(folder)?;
    if folder.join(NAME).try_exists().map_err(unusable)? {
        return Err(OpenError::Present { folder: folder.to_owned() });
    }
    let path = folder.join(FILLED);
    if !path.try_exists().map_err(unusable)? {
        create(folder, &path)?;
    }
    let (connection, head) = open_writer(&path)?;
    Ok(Opened { connection, head, path, lock })
}

/// Makes what was filled the ledger of `folder`. Its connection must have been closed.
pub(super) fn settle_filled(folder: &Path) -> io::Result<()> {
    let path = folder.join(FILLED);
    if with_suffix(&path, "-wal").exists() {
        return Err(io::Error::other("its write-ahead log was not moved into it"));
    }
    fs::rename(&path, folder.join(NAME))?;
    sync_folder(folder)
}

/// Opens the writer's connection, moves what a crash left in the write-ahead log into the file, and synchronises it:
/// what can be read from now on is durable, even if the process died between writing and syncing it.
pub(super) fn open_writer(path: &Path) -> Result<(Connection, Position), OpenError> {
    let connection = open_with_log(path)?;
    move_log(path, connection)
}

/// The same after a write or a sync has failed, when what was moved before counts for nothing: the system may have
/// dropped it. So all of the log is moved, which it is if nobody has kept in memory how far moving had come: no other
/// connection of this process may be open.
///
/// # Errors
/// `Busy` if another program has the file open, and so remembers.
pub(super) fn reopen_writer(path: &Path) -> Result<(Connection, Position), OpenError> {
    let connection = open_with_log(path)?;
    let moved = checkpoint(&connection, "NOOP");
    if moved.map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })?.moved > 0 {
        return Err(OpenError::Busy { path: path.to_owned() });
    }
    move_log(path, connection)
}

fn open_with_log(path: &Path) -> Result<Connection, OpenError> {
    let failed = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let connection = connect_writer(path).map_err(failed)?;
    let number =
        |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, u32>(0)).map_err(failed);
    if number("application_id")? != APPLICATION {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    match number("user_version")? {
        FORMAT => Ok(connection),
        found => Err(OpenError::Newer { path: path.to_owned(), found }),
    }
}

fn move_log(path: &Path, connection: Connection) -> Result<(Connection, Position), OpenError> {
    let failed = |source| OpenError::Sqlite { path: path.to_owned(), source };
    if !checkpoint(&connection, "TRUNCATE").map_err(failed)?.complete() {
        return Err(OpenError::Busy { path: path.to_owned() });
    }
    let last = "SELECT coalesce(max(position), 0) FROM records";
    let head = connection.query_row(last, [], |row| row.get::<_, i64>(0)).map_err(failed)?;
    Ok((connection, Position(u64::try_from(head).unwrap_or(0))))
}

/// Moves all of the log into the file, closes the connection, and takes the empty log away. After an error the log stays, for whoever
/// opens the file next.
pub(super) fn close_writer(connection: Connection) -> rusqlite::Result<()> {
    checkpoint(&connection, "TRUNCATE")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    connection.close().map_err(|(_, error)| error)
}

/// A connection that writes, or moves the log beside the one that does. However it ends, it leaves the log as it is, but for
/// [`close_writer`]: what closing would move is only what was not moved before, and after a failure that is not enough.
pub(super) fn connect_writer(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    // Checkpoints are ours to time; REPLACE must not get around the trigger that refuses to delete.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update(None, "recursive_triggers", "on")?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    Ok(connection)
}

/// A connection that can only read, and leaves the write-ahead log to the writer even when it closes last.
pub(super) fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // Else a statement whose plan could depend on what is bound to it is compiled again each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", "on")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    Ok(connection)
}

/// How far a checkpoint came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checkpointed {
    /// Whether somebody kept it from coming further.
    pub(super) busy: bool,
    /// Pages in the write-ahead log.
    pub(super) logged: i64,
    /// Those of them that are in the file.
    pub(super) moved: i64,
}

impl Checkpointed {
    /// Whether it could so much as look at the log.
    pub(super) const fn began(self) -> bool {
        self.logged >= 0
    }

    pub(super) const fn complete(self) -> bool {
        // One that could not even begin says -1 of -1.
        self.logged == self.moved && !(self.busy && self.logged < 0)
    }
}

/// Moves pages from the write-ahead log into the file; only ever called on the connections of the writer and its mover.
pub(super) fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<Checkpointed> {
    let mut statement = connection.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?;
    statement
        .query_row([], |row| Ok(Checkpointed { busy: row.get(0)?, logged: row.get(1)?, moved: row.get(2)? }))
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Made under another name and moved into place when complete, so that a crash leaves nothing half made.
fn create(folder: &Path, path: &Path) -> Result<(), OpenError> {
    if with_suffix(path, "-wal").exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    let unusable = |source| OpenError::Folder { folder: folder.to_owned(), source };
    let unfinished = folder.join(UNFINISHED);
    for left_over in ["", "-journal", "-wal", "-shm"] {
        remove(&with_suffix(&unfinished, left_over)).map_err(unusable)?;
    }
    write_schema(&unfinished).map_err(|source| OpenError::Sqlite { path: unfinished.clone(), source })?;
    let settle = || {
        File::open(&unfinished)?.sync_all()?;
        failpoints::reach(Point::LedgerMade);
        fs::rename(&unfinished, path)?;
        failpoints::reach(Point::LedgerPlaced);
        sync_folder(folder)
    };
    settle().map_err(unusable)
}

/// Makes a file's new name durable; only Unix has a way to ask for it.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn write_schema(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "page_size", u32::try_from(PAGE_BYTES).expect("a page is small"))?;
    connection.execute_batch(concat!("BEGIN;", include_str!("schema.sql"), "COMMIT;"))?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", FORMAT)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Reads what `SQLite` keeps at fixed places of the first page: its magic, the format and the application.
fn check_header(path: &Path) -> Result<(), OpenError> {
    const HEADER_BYTES: u64 = 100;
    let unreadable = |source| OpenError::Folder { folder: path.parent().unwrap_or(path).to_owned(), source };
    let mut header = Vec::new();
    File::open(path).and_then(|file| file.take(HEADER_BYTES).read_to_end(&mut header)).map_err(unreadable)?;
    let number =
        |at: usize| header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    if !header.starts_with(b"SQLite format 3\0") || number(68) != Some(APPLICATION) {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    match number(60) {
        Some(found) if found > FORMAT => Err(OpenError::Newer { path: path.to_owned(), found }),
        _ => Ok(()),
    }
}
