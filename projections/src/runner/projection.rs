//! What a view is: a name, a version, tables, and a fold.

use ledger::Record;

use super::page::RoutedPage;
use crate::store::{Definition, Tables, WriteError};

/// A fold over the ledger and the tables that it fills.
///
/// A fold depends on nothing but the records before it, so that a view can be built again, and gives the same rows
/// however the records are cut into pages. It only writes through [`Tables`], which lie in the transaction that also
/// moves the checkpoint.
pub(crate) trait Projection: 'static {
    /// Keys the checkpoint and starts the names of the tables: chosen once.
    const NAME: &'static str;
    /// Raised when a column changes, or what it means; the view is then built anew beside the old one.
    const VERSION: u32;
    /// The oldest version whose tables the queries of this one can read. Older ones are not served while the view is
    /// being built.
    const READS_SINCE: u32 = Self::VERSION;
    /// What makes the tables, whose names start with [`Projection::NAME`] and an underscore: `/*copy*/` after each name of a table, `/*generation*/` after each name of an index.
    const DDL: &'static str;

    /// Folds a page. What single records cannot be folded goes to `parking`; an error takes back the whole page.
    fn fold(page: &RoutedPage<'_>, tables: Tables<'_>, parking: &mut Parking) -> Result<(), WriteError>;
}

/// A [`Projection`] as a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ViewDefinition {
    pub(crate) tables: Definition,
    pub(crate) reads_since: u32,
    pub(crate) fold: Fold,
}

pub(crate) type Fold = fn(&RoutedPage<'_>, Tables<'_>, &mut Parking) -> Result<(), WriteError>;

impl ViewDefinition {
    /// That of `P`.
    pub(crate) const fn of<P: Projection>() -> Self {
        let tables = Definition { name: P::NAME, version: P::VERSION, ddl: P::DDL };
        Self { tables, reads_since: P::READS_SINCE, fold: P::fold }
    }

    /// The name of the view.
    pub(crate) const fn name(&self) -> &'static str {
        self.tables.name
    }

    /// The version of the code that fills it.
    pub(crate) const fn version(&self) -> u32 {
        self.tables.version
    }
}

/// Records that a fold had to pass over.
#[derive(Debug, Default)]
pub(crate) struct Parking(Vec<(domain::Position, String, String)>);

impl Parking {
    /// Characters of a reason that are kept.
    const REASON_CHARS_MAX: usize = 500;

    /// Passes `record` over for `reason`.
    pub(crate) fn park(&mut self, record: &Record, reason: &dyn std::fmt::Display) {
        let reason = reason.to_string().chars().take(Self::REASON_CHARS_MAX).collect();
        self.0.push((record.position, record.record_type.to_string(), reason));
    }

    /// What was passed over: position, type, reason.
    pub(crate) fn into_parked(self) -> Vec<(domain::Position, String, String)> {
        self.0
    }
}
