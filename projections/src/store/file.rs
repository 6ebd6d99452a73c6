//! The file: making it, recognising it, opening it.
//!
//! What is not a views database of a format that is known here is refused before anything touches it: the first bytes
//! are read by hand, for even opening somebody else's database with `SQLite` may leave traces beside it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use failpoints::Point;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::OpenError;

/// The format that is written, as `PRAGMA user_version`. Tables of views have versions of their own.
pub const FORMAT: u32 = 1;

/// `HKVW`, as `PRAGMA application_id`.
const APPLICATION: u32 = 0x484b_5657;
/// The file in the data folder.
const NAME: &str = "views.db";
/// What it is called until it is complete.
const UNFINISHED: &str = "views.db.new";
/// The file that is locked while the views are open. It stays; only the lock on it counts.
const LOCK: &str = "views.lock";
/// Bytes of the header of a file of `SQLite`.
const HEADER_BYTES: u64 = 100;
/// How long to wait for a program that has the file open beside us.
const BUSY: Duration = Duration::from_secs(5);
/// Pages in the write-ahead log after which the writer moves them into the file: 8 MiB. More at once are fewer in all, but keep the
/// disk from whoever commits to the ledger meanwhile.
const CHECKPOINT_PAGES: u32 = 2_048;
/// Bytes that the write-ahead log keeps once it was moved.
const LOG_BYTES_KEPT: i64 = 64 << 20;
/// Statements that each connection keeps prepared.
const STATEMENTS_KEPT: usize = 128;

/// How much the views may take.
#[derive(Debug, Clone, Copy)]
pub struct FileOptions {
    /// Kibibytes of pages that the writer keeps.
    pub writer_cache_kib: u32,
    /// Kibibytes of pages that each reader keeps.
    pub reader_cache_kib: u32,
    /// Connections that read at the same time; further reads wait.
    pub readers: usize,
    /// How long a query may run.
    pub query_time_max: Duration,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self {
            writer_cache_kib: 16_384,
            reader_cache_kib: 2_048,
            readers: 4,
            query_time_max: Duration::from_secs(5),
        }
    }
}

/// An open views database.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The connection that writes.
    pub(crate) writer: Connection,
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Held while it is open.
    pub(crate) lock: File,
}

/// Opens the views in `folder`, which are made if need be.
pub(crate) fn open(folder: &Path, options: &FileOptions) -> Result<Opened, OpenError> {
    let unusable = |source| OpenError::Folder { folder: folder.to_owned(), source };
    let path = folder.join(NAME);
    // Before anything is made in a folder that may not be ours, and again when nobody else can be writing.
    if path.try_exists().map_err(unusable)? {
        check_header(&path)?;
    }
    private_folder(folder).map_err(unusable)?;
    let lock = take_lock(folder, &path)?;
    if path.try_exists().map_err(unusable)? {
        check_header(&path)?;
    } else {
        create(folder, &path)?;
    }
    let failed = |source: rusqlite::Error| OpenError::Sqlite { path: path.clone(), source: source.into() };
    let writer = connect_writer(&path, options).map_err(failed)?;
    Ok(Opened { writer, path, lock })
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn take_lock(folder: &Path, path: &Path) -> Result<File, OpenError> {
    let unusable = |source| OpenError::Folder { folder: folder.to_owned(), source };
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(folder.join(LOCK));
    let file = file.map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

fn connect_writer(path: &Path, options: &FileOptions) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES_KEPT, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -i64::from(options.writer_cache_kib))?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// A connection that can only read, and leaves the write-ahead log to the writer even when it closes last.
pub(super) fn connect_reader(path: &Path, options: &FileOptions) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", "on")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -i64::from(options.reader_cache_kib))?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// Made under another name and moved into place when complete, so that a crash leaves nothing half made.
fn create(folder: &Path, path: &Path) -> Result<(), OpenError> {
    let unusable = |source| OpenError::Folder { folder: folder.to_owned(), source };
    let unfinished = folder.join(UNFINISHED);
    // A write-ahead log without its file belongs to views that somebody moved away.
    let left_over = [
        unfinished.clone(),
        with_suffix(&unfinished, "-journal"),
        with_suffix(path, "-wal"),
        with_suffix(path, "-shm"),
    ];
    for file in left_over {
        remove(&file).map_err(unusable)?;
    }
    let failed =
        |source: rusqlite::Error| OpenError::Sqlite { path: unfinished.clone(), source: source.into() };
    write_schema(&unfinished).map_err(failed)?;
    failpoints::reach(Point::ViewsMade);
    fs::rename(&unfinished, path).map_err(unusable)
}

fn write_schema(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch(concat!("BEGIN;", include_str!("sql/schema.sql"), "COMMIT;"))?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", FORMAT)?;
    connection.close().map_err(|(_, error)| error)
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
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
    let mut header = Vec::new();
    let unreadable =
        |source: std::io::Error| OpenError::Sqlite { path: path.to_owned(), source: source.into() };
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
