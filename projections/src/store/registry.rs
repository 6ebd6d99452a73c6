//! Which copies of which views there are, how far each has come, and what they had to pass over.

use domain::{Position, RecordId};

use super::columns::Columns;
use super::connection::{Connection, Row};
use super::error::{Damage, ReadError, WriteError};
use super::sql::Sql;
use super::tables::definition;
use super::value::{as_id, integer, values};

/// Which copy of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Copy {
    /// The one that is read.
    Live,
    /// The one that is being built beside it.
    Next,
}

impl Copy {
    /// The stored name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Next => "next",
        }
    }

    /// What the names of its tables end with.
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Self::Live => "",
            Self::Next => "__next",
        }
    }
}

/// What the names of tables end with that were replaced and not dropped yet.
const OLD: &str = "__old";

/// A record and where it stands: proof that a view is of this very ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// Where it stands; the start if there is none yet.
    pub(crate) position: Position,
    /// Its id.
    pub(crate) record: RecordId,
}

/// A copy of a view and how far it has folded the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// The view.
    pub(crate) name: String,
    /// Which copy.
    pub(crate) copy: Copy,
    /// The version of the code that filled it.
    pub(crate) version: u32,
    /// Which one it is of all copies there were.
    pub(crate) generation: u64,
    /// Everything up to here is folded.
    pub(crate) position: Position,
    /// The last record folded.
    pub(crate) anchor: Anchor,
    /// Records that it could not fold.
    pub(crate) parked: u64,
}

/// A record that a view could not fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The view that passed it over.
    pub view: String,
    /// Where it stands in the ledger.
    pub position: Position,
    /// What it is called.
    pub record_type: String,
    /// Why it could not be folded.
    pub reason: String,
}

/// What a view is made of, as far as its tables go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Definition {
    /// Its name.
    pub(crate) name: &'static str,
    /// The version of the code that fills it.
    pub(crate) version: u32,
    /// What makes its tables. Their names start with the view's and an underscore.
    pub(crate) ddl: &'static str,
}

/// The copies, inside a transaction or outside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Registry<'c>(pub(crate) Connection<'c>);

impl Registry<'_> {
    /// Every copy there is.
    pub(crate) fn checkpoints(self) -> Result<Vec<Checkpoint>, WriteError> {
        let read = |row: Row<'_>| read(&mut Columns::of("view_copy", row));
        self.0.all(include_str!("sql/checkpoints.sql"), &[], read)
    }

    /// Where a copy stands, if it exists.
    pub(crate) fn position(self, name: &str, copy: Copy) -> Result<Option<Position>, WriteError> {
        let sql = "SELECT position FROM view_copy WHERE name = $1 AND copy = $2";
        let read = |row: Row<'_>| Columns::of("view_copy", row).position();
        self.0.first(sql, values![name, copy.as_str()], read)
    }

    /// Where a copy stands, if it exists; nobody else moves it until the transaction ends.
    pub(crate) fn held_position(self, name: &str, copy: Copy) -> Result<Option<Position>, WriteError> {
        if self.0.is_postgres() {
            let hold = "SELECT 1 FROM view_copy WHERE name = $1 AND copy = $2 FOR UPDATE";
            self.0.execute(hold, values![name, copy.as_str()])?;
        }
        self.position(name, copy)
    }

    /// Notes that a copy has folded everything up to `position`.
    pub(crate) fn advance(
        self,
        name: &str,
        copy: Copy,
        position: Position,
        anchor: Option<Anchor>,
    ) -> Result<(), WriteError> {
        const MOVE: &str = "UPDATE view_copy SET position = $1 WHERE name = $2 AND copy = $3";
        let position = integer(position.0);
        match anchor {
            // A page without a record moves the position alone.
            None => self.0.execute(MOVE, values![position, name, copy.as_str()])?,
            Some(Anchor { position: at, record }) => {
                let values = values![position, integer(at.0), as_id(record.uuid()), name, copy.as_str()];
                self.0.execute(include_str!("sql/advance.sql"), values)?
            }
        };
        Ok(())
    }

    /// Makes empty tables for a copy. What was there under its name is gone.
    pub(crate) fn create(self, view: &Definition, copy: Copy) -> Result<(), WriteError> {
        let last = "SELECT coalesce(max(generation), 0) FROM view_copy WHERE name = $1";
        let number = |row: Row<'_>| Columns::of("view_copy", row).number();
        let last: Option<u64> =
            self.0.first(last, values![view.name], number).map_err(|error: WriteError| error)?;
        let generation = last.unwrap_or(0) + 1;
        self.drop_copy(view, copy)?;
        self.0.batch(&definition(view.ddl, copy, generation, self.0.is_postgres()))?;
        let nothing = as_id(uuid::Uuid::nil());
        let values = values![view.name, copy.as_str(), view.version, integer(generation), nothing];
        self.0.execute(include_str!("sql/create.sql"), values)?;
        Ok(())
    }

    /// Drops a copy with everything in it.
    pub(crate) fn drop_copy(self, view: &Definition, copy: Copy) -> Result<(), WriteError> {
        self.drop_tables(&self.tables(view.name, copy)?)?;
        let key = values![view.name, copy.as_str()];
        self.0.execute("DELETE FROM view_copy WHERE name = $1 AND copy = $2", key)?;
        self.0.execute("DELETE FROM parked WHERE view = $1 AND copy = $2", key)?;
        Ok(())
    }

    /// Puts the next copy in the place of the live one. Its old tables wait to be dropped by [`Registry::sweep`].
    pub(crate) fn swap(self, view: &Definition) -> Result<(), WriteError> {
        if self.0.is_postgres() {
            // A reader that has begun goes by the names of the tables and by how far they are: both are of one copy.
            self.0.batch("LOCK TABLE view_copy IN ACCESS EXCLUSIVE MODE")?;
        }
        self.sweep(view)?;
        for table in self.tables(view.name, Copy::Live)? {
            self.0.batch(&format!("ALTER TABLE {table} RENAME TO {table}{OLD}"))?;
        }
        for table in self.tables(view.name, Copy::Next)? {
            let name = table.strip_suffix(Copy::Next.suffix()).unwrap_or(&table);
            self.0.batch(&format!("ALTER TABLE {table} RENAME TO {name}"))?;
        }
        for (table, column) in [("view_copy", "name"), ("parked", "view")] {
            let gone = format!("DELETE FROM {table} WHERE {column} = $1 AND copy = 'live'");
            self.0.execute(&gone, values![view.name])?;
            let moved = format!("UPDATE {table} SET copy = 'live' WHERE {column} = $1 AND copy = 'next'");
            self.0.execute(&moved, values![view.name])?;
        }
        Ok(())
    }

    /// Drops tables that were replaced.
    pub(crate) fn sweep(self, view: &Definition) -> Result<(), WriteError> {
        let mut tables = self.all_tables(view.name)?;
        tables.retain(|table| table.ends_with(OLD));
        self.drop_tables(&tables)
    }

    /// The tables of a copy, whichever version made them.
    pub(crate) fn tables(self, view: &str, copy: Copy) -> Result<Vec<String>, WriteError> {
        let mut tables = self.all_tables(view)?;
        tables.retain(|table| match copy {
            Copy::Live => !table.ends_with(OLD) && !table.ends_with(Copy::Next.suffix()),
            Copy::Next => table.ends_with(Copy::Next.suffix()),
        });
        Ok(tables)
    }

    fn all_tables(self, view: &str) -> Result<Vec<String>, WriteError> {
        let sql = match self.0 {
            Connection::Sqlite(_) => include_str!("sql/tables.sql"),
            Connection::Postgres(_) => include_str!("postgres/sql/tables.sql"),
        };
        let name = |row: Row<'_>| Columns::of("the list of tables", row).text().map(str::to_owned);
        self.0.all(sql, values![view], name)
    }

    fn drop_tables(self, tables: &[String]) -> Result<(), WriteError> {
        tables.iter().try_for_each(|table| Ok(self.0.batch(&format!("DROP TABLE {table}"))?))
    }

    /// Keeps note of a record that a copy passed over.
    pub(crate) fn park(self, copy: Copy, parked: &Parked) -> Result<(), WriteError> {
        let Parked { view, position, record_type, reason } = parked;
        let values =
            values![view.as_str(), copy.as_str(), integer(position.0), record_type.as_str(), reason.as_str()];
        self.0.execute(include_str!("sql/park.sql"), values)?;
        Ok(())
    }
}

/// The last records that views could not fold.
pub(crate) fn parked(connection: Connection<'_>, limit: usize) -> Result<Vec<Parked>, ReadError> {
    let mut sql = Sql::new("SELECT view, position, record_type, reason FROM parked WHERE copy = 'live'");
    sql.push(" ORDER BY position DESC, view LIMIT ").bind(integer(limit as u64));
    sql.all(connection, |row| {
        let mut columns = Columns::of("parked", row);
        Ok(Parked {
            view: columns.text()?.to_owned(),
            position: columns.position()?,
            record_type: columns.text()?.to_owned(),
            reason: columns.text()?.to_owned(),
        })
    })
}

fn read(columns: &mut Columns<'_>) -> Result<Checkpoint, Damage> {
    Ok(Checkpoint {
        name: columns.text()?.to_owned(),
        copy: columns.parsed(|copy| match copy {
            "live" => Ok(Copy::Live),
            "next" => Ok(Copy::Next),
            _ => Err(()),
        })?,
        version: columns.number()?,
        generation: columns.number()?,
        position: columns.position()?,
        anchor: Anchor { position: columns.position()?, record: RecordId::from_uuid(columns.uuid()?) },
        parked: columns.number()?,
    })
}
