//! What a copy tells: how far it is, what came out, or why it cannot go on.

use std::fmt;

use domain::Position;

use super::port::{Compared, Totals};
use crate::outcome::{LedgerError, SharedError};

/// Which of the two ledgers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideName {
    /// The one that is copied.
    Source,
    /// The one that is filled.
    Target,
}

impl fmt::Display for SideName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}

/// Why a copy cannot go on. Unless it says otherwise, the same copy may be started again and goes on where it was.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There is nothing to copy.
    #[error("the source has no records: there is nothing to copy")]
    Empty,
    /// The target is not empty, and not because this copy was broken off.
    #[error(
        "the target has records already, up to position {head}, and no copy into it is under way: either a copy was finished, \
         or it has a history of its own; only an empty database can be filled"
    )]
    Occupied {
        /// Where it ends.
        head: Position,
    },
    /// The target is half filled from another source.
    #[error("the target is half filled with a copy of another ledger: only an empty database can be filled")]
    OfAnother,
    /// The two sides are not the same.
    #[error("source and target differ at position {position}: {how}")]
    Apart {
        /// The first position at which they do.
        position: Position,
        /// In what.
        how: &'static str,
    },
    /// Somebody else writes into the target.
    #[error("somebody else works in the target: stop every server and every other copy that uses it")]
    Busy(#[source] SharedError),
    /// The database user may not fill a ledger.
    #[error(
        "the database user does not own the tables of the target: copy as the user who ran `hookledger migrate`"
    )]
    Forbidden,
    /// A record cannot be read.
    #[error("the {side} cannot be read after position {after}")]
    Read {
        /// On which side.
        side: SideName,
        /// What could be read before.
        after: Position,
        /// Why.
        #[source]
        source: LedgerError,
    },
    /// The target does not take this record; all before it are there.
    #[error("the target does not take the record at position {position}")]
    Refused {
        /// Which.
        position: Position,
        /// Why.
        #[source]
        source: SharedError,
    },
    /// The target is out of reach, or failed.
    #[error("the target cannot be written at present")]
    Unavailable(#[source] SharedError),
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Records are copied.
    Copying,
    /// Both sides are read and compared.
    Comparing,
}

/// How far a step is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Which.
    pub step: Step,
    /// Records done by it in this run.
    pub records: u64,
    /// Their bytes, about.
    pub bytes: u64,
    /// Where it began.
    pub from: Position,
    /// Where it is.
    pub at: Position,
    /// Where it will end.
    pub to: Position,
}

/// What came out.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// Records that this run copied; earlier ones may have copied others.
    pub copied: u64,
    /// How far, and how many records, were compared by all runs, and what they amount to. Both sides have this digest.
    pub compared: Compared,
    /// What was counted in the source.
    pub source: Totals,
    /// What was counted in the target.
    pub target: Totals,
}

impl Report {
    /// Whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.source == self.target
            && self.compared.records == self.source.records
            && self.compared.upto == self.source.last
    }
}
