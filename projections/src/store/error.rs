//! What can go wrong with the views database, by what the caller can do about it.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::ErrorCode;

use super::file::FORMAT;

/// A cause that is only told, not acted upon.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why the views of a folder could not be opened. Unless it says otherwise nothing was touched.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made, read or written.
    #[error("the data folder {} cannot be used", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Another process works with the views.
    #[error("{} is in use by another process: stop that process first", path.display())]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// There is a file in the views' place that is something else.
    #[error("{} is not a views database of Hookledger: move it away, it will be made anew", path.display())]
    Foreign {
        /// Which file.
        path: PathBuf,
    },
    /// Written by a newer Hookledger.
    #[error(
        "{} has format {found}, and this Hookledger knows formats up to {FORMAT}: start a newer one, or move the \
         file away to have the views built anew", path.display()
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// The format it has.
        found: u32,
    },
    /// `SQLite` could not open it, or what it holds is damaged.
    #[error("{} cannot be opened: if it is damaged move it away, it will be made anew", path.display())]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: BoxError,
    },
    /// The database cannot be used.
    #[error("the views' database cannot be used")]
    Postgres(#[source] ledger::postgres::OpenError),
    /// Another process folds the views in this database.
    #[error("the views in this database are written by another process: stop that process first")]
    Taken,
    /// Made by a newer Hookledger.
    #[error(
        "the views in this database have format {found}, and this Hookledger knows formats up to {FORMAT}: start a newer \
         one, or drop the schema's tables to have the views built anew"
    )]
    NewerSchema {
        /// The format that they have.
        found: u32,
    },
    /// There is no thread to be had.
    #[error("the writer of the views cannot be started")]
    Thread(#[source] std::io::Error),
    /// The ledger that the views are of could not be read.
    #[error("the ledger could not be read")]
    Ledger(#[from] ledger::LedgerError),
    /// The views could not be prepared.
    #[error("the views could not be prepared")]
    Prepare(#[from] WriteError),
}

/// A stored value that is not what this version writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table}.{column} of {key} is damaged: rebuild the view")]
pub struct Damage {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: String,
    /// The row, by its first column.
    pub key: String,
}

/// Why a view could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Too many read at once; try again in a moment.
    #[error("too many queries at once, try again in a moment")]
    Busy,
    /// The query looked at too much; ask for less.
    #[error("the query took longer than {} ms, narrow it down", limit.as_millis())]
    TooSlow {
        /// The bound that it met.
        limit: Duration,
    },
    /// The view is being built for the first time by this version; try again later.
    #[error("the view \"{view}\" is being built")]
    Building {
        /// Which.
        view: &'static str,
    },
    /// A row is not what this version writes.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The views are closed.
    #[error("the views are shutting down")]
    Closed,
    /// The database does not serve.
    #[error("the views are unavailable")]
    Unavailable(#[source] BoxError),
}

impl ReadError {
    /// The same, naming the bound if that is what was met.
    pub(super) fn bounded_by(self, limit: Duration) -> Self {
        match self {
            Self::TooSlow { .. } => Self::TooSlow { limit },
            other => other,
        }
    }
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) {
            // Only what has run for too long is interrupted; whoever does it says what the bound is.
            return Self::TooSlow { limit: Duration::ZERO };
        }
        Self::Unavailable(Box::new(error))
    }
}

impl From<Fault> for ReadError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sqlite(error) => error.into(),
            // As above.
            Fault::Postgres(error) if has_code(&error, "57014") => Self::TooSlow { limit: Duration::ZERO },
            Fault::Postgres(error) => Self::Unavailable(Box::new(error)),
        }
    }
}

/// What a database says.
#[derive(Debug)]
pub(crate) enum Fault {
    /// One in a file.
    Sqlite(rusqlite::Error),
    /// One on a server.
    Postgres(sqlx::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Whether the server gave an SQLSTATE that starts with `code`.
pub(super) fn has_code(error: &sqlx::Error, code: &str) -> bool {
    let given = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    given.is_some_and(|given| given.starts_with(code))
}

/// Why a view could not be written. Nothing of the transaction was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The checkpoint is not where the writer of this page left it.
    #[error("the checkpoint of \"{view}\" is not at {expected}")]
    Moved {
        /// Of which view.
        view: &'static str,
        /// Where it was expected.
        expected: domain::Position,
    },
    /// A row is not what this version writes.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// A defect: the code that folds gave up.
    #[error("a fold panicked: {message}")]
    Panicked {
        /// What it said.
        message: String,
    },
    /// The database does not take a value, such as a text with a zero byte in it.
    #[error("the database does not take a value")]
    Refused(#[source] BoxError),
    /// The views are closed.
    #[error("the views are shutting down")]
    Closed,
    /// The database cannot be written at present; worth retrying with backoff.
    #[error("the views cannot be written")]
    Unavailable(#[source] BoxError),
}

impl WriteError {
    /// Whether the records are to blame, rather than the database: trying the same again would end the same.
    pub const fn blames_records(&self) -> bool {
        match self {
            Self::Damaged(_) | Self::Panicked { .. } | Self::Refused(_) => true,
            Self::Moved { .. } | Self::Closed | Self::Unavailable(_) => false,
        }
    }

    /// What a panic said.
    pub(crate) fn panicked(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let message = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Self::Panicked { message: message.unwrap_or_else(|| "without a message".to_owned()) }
    }
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

impl From<Fault> for WriteError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sqlite(error) => error.into(),
            // Data that is not taken, and constraints that would not hold.
            Fault::Postgres(error) if has_code(&error, "22") || has_code(&error, "23") => {
                Self::Refused(Box::new(error))
            }
            Fault::Postgres(error) => Self::Unavailable(Box::new(error)),
        }
    }
}
