//! One transaction: many batches, each all or nothing by itself.
//!
//! A batch is *placed* when every stream in it stands where it must; placed records are written several rows at a time.
//! Most records start a stream, so at first such streams are taken on trust to be new: the unique index tells if one
//! is not (a repeated publish), and the group is then done again, asking for the version of every stream.

use std::sync::LazyLock;

use domain::{Position, RecordId, Sequence, StreamId};
use failpoints::Point;
use hashbrown::HashMap;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::row::{self, COLUMN_COUNT, COLUMNS, integer, kind_number};
use crate::handover::Job;
use crate::new_record::{Batch, NewRecord};
use crate::outcome::{Appended, Conflict, Verdict};

/// Rows of one INSERT where there are enough: a third faster than one by one.
const ROWS: usize = 8;

static INSERT_ONE: LazyLock<String> = LazyLock::new(|| insert(1));
static INSERT_ROWS: LazyLock<String> = LazyLock::new(|| insert(ROWS));

const VERSION: &str = "SELECT sequence FROM records WHERE aggregate_id = ?1 AND aggregate_type = ?2 \
                       ORDER BY sequence DESC LIMIT 1";
const STANDING: &str = "SELECT position, record_id FROM records \
                        WHERE aggregate_id = ?1 AND aggregate_type = ?2 AND sequence = ?3";

/// What became of a group.
#[derive(Debug)]
pub(super) struct Written {
    /// For each job the verdict of each batch.
    pub(super) verdicts: Vec<Vec<Verdict>>,
    /// Where the ledger ends now.
    pub(super) head: Position,
}

/// Why nothing was, or can be, written.
#[derive(Debug, thiserror::Error)]
pub(super) enum GroupError {
    /// Something failed before the commit: nothing was written.
    #[error("the transaction failed")]
    Before(#[source] rusqlite::Error),
    /// The commit failed: it may have reached the disk.
    #[error("the commit failed")]
    Commit(#[source] rusqlite::Error),
    /// The positions after the head are taken: somebody else wrote to the file.
    #[error("another program has written to the ledger")]
    Intruder,
    /// The file, opened again, ends before what was acknowledged.
    #[error("the file ends at position {found}, but {acknowledged} was acknowledged")]
    Lost {
        /// The last position that somebody was told.
        acknowledged: Position,
        /// The last position that is there.
        found: Position,
    },
    /// The writer ended in the middle of its work.
    #[error("the writer died")]
    Died,
}

/// Writes `jobs` after `head` in one transaction. After an error nothing is left open.
pub(super) fn write(connection: &Connection, jobs: &[Job], head: Position) -> Result<Written, GroupError> {
    for trust in [Trust::NewStreams, Trust::Nothing] {
        match attempt(connection, jobs, head, trust) {
            Ok(Some(written)) => return Ok(written),
            Ok(None) => roll_back(connection),
            Err(error) => {
                roll_back(connection);
                return Err(error);
            }
        }
    }
    Err(GroupError::Intruder)
}

/// What is believed without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// A stream whose first record comes does not exist yet.
    NewStreams,
    Nothing,
}

/// One try; none if the trust was misplaced.
fn attempt(
    connection: &Connection,
    jobs: &[Job],
    head: Position,
    trust: Trust,
) -> Result<Option<Written>, GroupError> {
    connection
        .prepare_cached("BEGIN IMMEDIATE")
        .and_then(|mut begin| begin.execute([]))
        .map_err(GroupError::Before)?;
    let records = jobs.iter().map(|job| job.records).sum();
    let mut group = Group::new(connection, head, trust, records);
    let verdicts: rusqlite::Result<Vec<Vec<Verdict>>> =
        jobs.iter().map(|job| job.batches.iter().map(|batch| group.place(batch)).collect()).collect();
    let verdicts =
        verdicts.and_then(|verdicts| group.flush().map(|()| verdicts)).map_err(GroupError::Before)?;
    if group.clashed {
        return Ok(None);
    }
    let head = group.head;
    failpoints::reach(Point::BeforeCommit);
    connection
        .prepare_cached("COMMIT")
        .and_then(|mut commit| commit.execute([]))
        .map_err(GroupError::Commit)?;
    failpoints::reach(Point::AfterCommit);
    Ok(Some(Written { verdicts, head }))
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        // The writer sees that the transaction is still open and gives the connection up.
        tracing::warn!(error = &error as &dyn std::error::Error, "the ledger could not roll back");
    }
}

struct Group<'c, 'j> {
    connection: &'c Connection,
    trust: Trust,
    /// The last position given away.
    head: Position,
    /// The version of each stream that was met, with what is placed.
    versions: HashMap<StreamId, Sequence>,
    /// Placed and not yet inserted.
    placed: Vec<(Position, &'j NewRecord)>,
    /// Whether a row was not inserted because its place is taken.
    clashed: bool,
}

impl<'c, 'j> Group<'c, 'j> {
    fn new(connection: &'c Connection, head: Position, trust: Trust, records: usize) -> Self {
        let (versions, placed) = (HashMap::with_capacity(records), Vec::with_capacity(records));
        Self { connection, trust, head, versions, placed, clashed: false }
    }

    /// Gives the records of `batch` their positions, if every stream is where the batch expects it.
    fn place(&mut self, batch: &'j Batch) -> rusqlite::Result<Verdict> {
        let records = batch.records();
        for (index, record) in records.iter().enumerate() {
            let version = self.version(record)?;
            if version.next() != record.sequence {
                // Sequences of a stream follow each other in a batch, so going back restores what was before it.
                for undone in records[..index].iter().rev() {
                    self.versions.insert(undone.stream, Sequence(undone.sequence.0 - 1));
                }
                return self.dispute(records, record);
            }
            self.versions.insert(record.stream, record.sequence);
        }
        let first = Position(self.head.0 + 1);
        self.placed
            .extend(records.iter().zip(first.0..).map(|(record, position)| (Position(position), record)));
        self.head = Position(self.head.0 + records.len() as u64);
        Ok(Ok(Appended { first, last: self.head, already: false }))
    }

    /// The version of the stream that `record` continues.
    fn version(&self, record: &NewRecord) -> rusqlite::Result<Sequence> {
        match self.versions.get(&record.stream) {
            Some(version) => Ok(*version),
            None if record.sequence == Sequence(1) && self.trust == Trust::NewStreams => Ok(Sequence::NONE),
            None => self.stored_version(record.stream),
        }
    }

    /// Whether `records` are there already, or what is there instead of `disputed`.
    fn dispute(&mut self, records: &[NewRecord], disputed: &NewRecord) -> rusqlite::Result<Verdict> {
        self.flush()?;
        if let Some(appended) = self.already(records)? {
            return Ok(Ok(appended));
        }
        Ok(Err(Conflict {
            stream: disputed.stream,
            expected: Sequence(disputed.sequence.0 - 1),
            found: self.stored_version(disputed.stream)?,
            existing: self.standing(disputed)?.map(|(_, id)| id),
        }))
    }

    fn already(&self, records: &[NewRecord]) -> rusqlite::Result<Option<Appended>> {
        let mut ends = None;
        for record in records {
            match self.standing(record)? {
                Some((position, id)) if id == record.id => {
                    let (first, _) = ends.unwrap_or((position, position));
                    ends = Some((first, position));
                }
                _ => return Ok(None),
            }
        }
        Ok(ends.map(|(first, last)| Appended { first, last, already: true }))
    }

    fn stored_version(&self, stream: StreamId) -> rusqlite::Result<Sequence> {
        let mut statement = self.connection.prepare_cached(VERSION)?;
        let key = params![&stream.uuid.as_bytes()[..], kind_number(stream.kind)];
        let version = statement.query_row(key, |row| row.get::<_, i64>(0)).optional()?;
        Ok(version.and_then(|version| u64::try_from(version).ok()).map_or(Sequence::NONE, Sequence))
    }

    /// What stands where `record` belongs.
    fn standing(&self, record: &NewRecord) -> rusqlite::Result<Option<(Position, RecordId)>> {
        let mut statement = self.connection.prepare_cached(STANDING)?;
        let stream = record.stream;
        let key = params![&stream.uuid.as_bytes()[..], kind_number(stream.kind), integer(record.sequence.0)];
        let found = statement.query_row(key, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 16]>(1)?)));
        let place = |(position, id)| {
            let position = u64::try_from(position).unwrap_or(0);
            (Position(position), RecordId::from_uuid(uuid::Uuid::from_bytes(id)))
        };
        Ok(found.optional()?.map(place))
    }

    /// Inserts what is placed, in order.
    fn flush(&mut self) -> rusqlite::Result<()> {
        let placed = std::mem::take(&mut self.placed);
        let (many, few) = placed.as_chunks::<ROWS>();
        for rows in many {
            self.insert(&INSERT_ROWS, rows)?;
        }
        for row in few {
            self.insert(&INSERT_ONE, std::slice::from_ref(row))?;
        }
        Ok(())
    }

    fn insert(&mut self, sql: &str, rows: &[(Position, &NewRecord)]) -> rusqlite::Result<()> {
        let mut statement: CachedStatement<'_> = self.connection.prepare_cached(sql)?;
        for (index, (position, record)) in rows.iter().enumerate() {
            row::bind(&mut statement, index, *position, record)?;
        }
        self.clashed |= statement.raw_execute()? != rows.len();
        Ok(())
    }
}

fn insert(rows: usize) -> String {
    let row = format!("({})", ["?"; COLUMN_COUNT].join(", "));
    format!("INSERT OR IGNORE INTO records ({COLUMNS}) VALUES {}", vec![row; rows].join(", "))
}
