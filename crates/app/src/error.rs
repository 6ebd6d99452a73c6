//! Why a use case was not carried out.

use std::convert::Infallible;
use std::time::Duration;

use domain::{Position, Scope};
use ledger::control::LoadError;
use ledger::{LedgerError, SharedError};

use crate::bounds::OutOfBounds;

/// The refusals of a use case: answers that the caller can do something about.
pub trait Refused: std::error::Error + Send + Sync + 'static {
    /// A stable name for programs, in lower case with underscores.
    fn code(&self) -> &'static str;
}

/// For use cases that refuse nothing beyond what [`Error`] names itself.
impl Refused for Infallible {
    fn code(&self) -> &'static str {
        match *self {}
    }
}

/// Why a use case was not carried out. `R` is what this very use case refuses.
#[derive(Debug, thiserror::Error)]
pub enum Error<R: Refused> {
    /// The answer is no, and says why. To whoever asked it is data, not an error.
    #[error(transparent)]
    Refused(R),
    /// The caller lacks a scope.
    #[error("this needs the scope \"{}\"", needed.as_str())]
    Forbidden {
        /// Which.
        needed: Scope,
    },
    /// There is more to do than is taken on. Nothing was recorded; try again later.
    #[error("{why}, try again in {} ms", retry_after.as_millis())]
    Overloaded {
        /// What there is too much of.
        why: &'static str,
        /// When trying again may help.
        retry_after: Duration,
    },
    /// The tenant has its share of what there is to do. Nothing was recorded; try again later, others are served meanwhile.
    #[error("{why}, try again in {} ms", retry_after.as_millis())]
    ShareTaken {
        /// What there is too much of.
        why: &'static str,
        /// When trying again may help.
        retry_after: Duration,
    },
    /// Something that should work does not: the operator's business, and not for the caller's eyes.
    #[error(transparent)]
    Failed(Fault),
}

/// Something that should work does not.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The ledger could not serve.
    #[error("the ledger could not serve")]
    Ledger(#[source] LedgerError),
    /// A stored record cannot be understood.
    #[error("a stored record cannot be understood")]
    Unreadable(#[source] SharedError),
    /// The metadata of a stored record cannot be understood.
    #[error("the metadata of the record at position {position} cannot be read")]
    Metadata {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The views could not serve.
    #[error("the views could not serve")]
    Views(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Others kept changing the same thing; worth trying again.
    #[error("{what} kept changing, gave up after {tries} tries")]
    Contended {
        /// What.
        what: String,
        /// How often it was tried.
        tries: u32,
    },
    /// A configured bound cannot be kept.
    #[error(transparent)]
    Bounds(#[from] OutOfBounds),
}

impl Fault {
    /// Whether trying again later may help, without anybody repairing something.
    pub const fn is_temporary(&self) -> bool {
        match self {
            Self::Ledger(error) => {
                !matches!(error, LedgerError::Damaged { .. } | LedgerError::TooLarge { .. })
            }
            Self::Views(_) | Self::Contended { .. } => true,
            Self::Unreadable(_) | Self::Metadata { .. } | Self::Bounds(_) => false,
        }
    }
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<LoadError> for Fault {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Ledger(error) => Self::Ledger(error),
            error => Self::Unreadable(std::sync::Arc::new(error)),
        }
    }
}

impl<R: Refused> Error<R> {
    /// The same, with another word for the refusal.
    pub(crate) fn map_refusal<S: Refused>(self, map: impl FnOnce(R) -> S) -> Error<S> {
        match self {
            Self::Refused(refusal) => Error::Refused(map(refusal)),
            Self::Forbidden { needed } => Error::Forbidden { needed },
            Self::Overloaded { why, retry_after } => Error::Overloaded { why, retry_after },
            Self::ShareTaken { why, retry_after } => Error::ShareTaken { why, retry_after },
            Self::Failed(fault) => Error::Failed(fault),
        }
    }
}

impl<R: Refused> From<LedgerError> for Error<R> {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Overloaded { retry_after } => {
                Self::Overloaded { why: "more is being recorded than can be written", retry_after }
            }
            error => Self::Failed(Fault::Ledger(error)),
        }
    }
}

impl<R: Refused> From<Fault> for Error<R> {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Ledger(error) => Self::from(error),
            fault => Self::Failed(fault),
        }
    }
}
