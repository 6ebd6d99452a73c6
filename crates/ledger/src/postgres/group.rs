//! One transaction: many batches, each all or nothing by itself.
//!
//! At first a group is believed to fit: it is one statement, one round trip. The unique key tells if a stream is not new,
//! a look at predecessors if one is not as long as believed; then nothing was written, and the group is done again
//! *with care*: in a transaction that holds the writers' turn from the start, asking for the version of every stream.

use std::time::Duration;

use domain::{Position, RecordId, Sequence, StreamId};
use failpoints::Point;
use hashbrown::HashMap;
use sqlx::{Executor, PgConnection, Row};
use tokio::time::timeout;

use super::backend::Gone;
use super::connect::{blames_records, code, is_plain_refusal};
use super::row::{Columns, Places, number};
use crate::new_record::{Batch, NewRecord};
use crate::outcome::{Appended, Conflict, Verdict};

const APPEND: &str = include_str!("queries/append.sql");
const VERSIONS: &str = include_str!("queries/versions.sql");
const STANDING: &str = include_str!("queries/standing.sql");

/// Begins, and takes the writers' turn that the trigger on the table would take: see `migrations/0001_records.sql`.
const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(1212894279)";

/// What the unique key says.
const TAKEN: &str = "23505";

/// Why a group was not written, or perhaps was.
#[derive(Debug, thiserror::Error)]
pub(super) enum GroupError {
    /// The server said no: nothing was written, and the connection is good.
    #[error("the transaction was refused")]
    Refused(#[source] sqlx::Error),
    /// The connection broke before the commit was asked for: nothing was written.
    #[error("the connection broke")]
    Broken(#[source] sqlx::Error),
    /// The connection broke after the commit was asked for: it may have happened.
    #[error("the answer to the commit was lost")]
    Doubt(#[source] sqlx::Error),
    /// As [`GroupError::Doubt`], because there is nobody any more who could answer.
    #[error("the answer to the commit will not come")]
    Gone(#[source] Gone),
    /// As [`GroupError::Doubt`], because no answer came in time.
    #[error("the database did not answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// Somebody draws positions without taking the turn.
    #[error("{written} of {records} records were written, or not in one piece: somebody interferes")]
    Interference {
        /// How many were.
        written: i64,
        /// How many were to be.
        records: usize,
    },
}

impl GroupError {
    /// Whether the records may have been written all the same.
    pub(super) const fn is_doubt(&self) -> bool {
        matches!(self, Self::Doubt(_) | Self::Gone(_) | Self::Silent(_) | Self::Interference { .. })
    }

    /// Whether it is something about the records that the server does not take.
    pub(super) fn blames_records(&self) -> bool {
        matches!(self, Self::Refused(error) if blames_records(error))
    }

    /// Whether the connection can go on.
    pub(super) const fn leaves_connection(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Of a statement that is a transaction by itself.
    fn of_statement(error: sqlx::Error) -> Self {
        if is_plain_refusal(&error) { Self::Refused(error) } else { Self::Doubt(error) }
    }

    /// Of a statement in a transaction that is not committed.
    fn of_part(error: sqlx::Error) -> Self {
        if is_plain_refusal(&error) { Self::Refused(error) } else { Self::Broken(error) }
    }
}

/// How much a group is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// It most likely fits.
    Group,
    /// Some of it may be there already.
    Nothing,
}

/// Writes `batches` and answers each. After an error that leaves the connection, no transaction is open.
pub(super) async fn write(
    connection: &mut PgConnection,
    batches: &[&Batch],
    trust: Trust,
    patience: Duration,
) -> Result<Vec<Verdict>, GroupError> {
    let writing = async {
        if trust == Trust::Group
            && let Some(verdicts) = believing(connection, batches).await?
        {
            return Ok(verdicts);
        }
        let written = with_care(connection, batches).await;
        if let Err(GroupError::Refused(_) | GroupError::Interference { .. }) = &written {
            connection.execute("ROLLBACK").await.map_err(GroupError::Broken)?;
        }
        written
    };
    timeout(patience, writing).await.unwrap_or(Err(GroupError::Silent(patience)))
}

/// One statement; none if the group does not fit as it is.
async fn believing(
    connection: &mut PgConnection,
    batches: &[&Batch],
) -> Result<Option<Vec<Verdict>>, GroupError> {
    let Some(before) = predecessors(batches) else { return Ok(None) };
    let mut columns = Columns::default();
    batches.iter().flat_map(|batch| batch.records()).for_each(|record| columns.push(record));
    let records = columns.len();
    failpoints::reach(Point::BeforeCommit);
    match insert(connection, columns, before).await {
        Ok((_, 0)) => Ok(None),
        Ok(written) => {
            failpoints::reach(Point::AfterCommit);
            let first = in_one_piece(written, records)?;
            Ok(Some(placed(batches, first)))
        }
        Err(error) if code(&error) == Some(TAKEN) => Ok(None),
        Err(error) => Err(GroupError::of_statement(error)),
    }
}

/// What must be there for the group to fit; none if it does not fit with itself.
fn predecessors(batches: &[&Batch]) -> Option<Places> {
    let mut versions: HashMap<StreamId, Sequence> = HashMap::new();
    let mut before = Places::default();
    for record in batches.iter().flat_map(|batch| batch.records()) {
        match versions.insert(record.stream, record.sequence) {
            Some(version) if version.next() != record.sequence => return None,
            None if record.sequence > Sequence(1) => {
                before.push(record.stream, Sequence(record.sequence.0 - 1));
            }
            _ => {}
        }
    }
    Some(before)
}

/// The first position, and how many records were written.
async fn insert(
    connection: &mut PgConnection,
    columns: Columns,
    before: Places,
) -> Result<((i64, i64), i64), sqlx::Error> {
    let query = before.bind(columns.bind(sqlx::query(APPEND)));
    // All rows, not the first one: the commit comes after them, and its failure as well.
    let rows = query.fetch_all(connection).await?;
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    let (first, last): (Option<i64>, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    Ok(((first.unwrap_or(0), last.unwrap_or(0)), row.try_get(2)?))
}

fn in_one_piece(((first, last), written): ((i64, i64), i64), records: usize) -> Result<Position, GroupError> {
    if i64::try_from(records) == Ok(written) && last - first + 1 == written {
        Ok(Position(number(first)))
    } else {
        Err(GroupError::Interference { written, records })
    }
}

/// The verdicts of batches that were written one after the other.
fn placed(batches: &[&Batch], first: Position) -> Vec<Verdict> {
    let mut next = first;
    batches.iter().map(|batch| Ok(take(&mut next, batch.records().len()))).collect()
}

fn take(next: &mut Position, records: usize) -> Appended {
    let first = *next;
    next.0 += records as u64;
    Appended { first, last: Position(next.0 - 1), already: false }
}

/// What is found about a batch before anything is written.
#[derive(Debug, Clone, Copy)]
enum Finding<'b> {
    Fits,
    /// This record is not where its stream ends.
    Disputed(&'b NewRecord),
}

async fn with_care(connection: &mut PgConnection, batches: &[&Batch]) -> Result<Vec<Verdict>, GroupError> {
    connection.execute(BEGIN).await.map_err(GroupError::of_part)?;
    let mut versions = stored_versions(connection, batches).await.map_err(GroupError::of_part)?;
    let findings: Vec<_> = batches.iter().map(|batch| judge(batch.records(), &mut versions)).collect();
    let mut columns = Columns::default();
    for (batch, finding) in batches.iter().zip(&findings) {
        if let Finding::Fits = finding {
            batch.records().iter().for_each(|record| columns.push(record));
        }
    }
    let (mut next, records) = (Position::START, columns.len());
    if records > 0 {
        let written = insert(connection, columns, Places::default()).await.map_err(GroupError::of_part)?;
        next = in_one_piece(written, records)?;
    }
    let mut standing =
        standing(connection, batches, &findings).await.map_err(GroupError::of_part)?.into_iter();
    let verdict = |(batch, finding): (&&Batch, &Finding<'_>)| match finding {
        Finding::Fits => Ok(take(&mut next, batch.records().len())),
        Finding::Disputed(disputed) => {
            let there: Vec<_> = standing.by_ref().take(batch.records().len()).collect();
            already(batch.records(), &there)
                .ok_or_else(|| conflict(batch.records(), disputed, &there, &versions))
        }
    };
    let verdicts = batches.iter().zip(&findings).map(verdict).collect();
    failpoints::reach(Point::BeforeCommit);
    connection.execute("COMMIT").await.map_err(GroupError::of_statement)?;
    failpoints::reach(Point::AfterCommit);
    Ok(verdicts)
}

/// The version of every stream that occurs.
async fn stored_versions(
    connection: &mut PgConnection,
    batches: &[&Batch],
) -> Result<HashMap<StreamId, Sequence>, sqlx::Error> {
    let mut streams: Vec<_> =
        batches.iter().flat_map(|batch| batch.records()).map(|record| record.stream).collect();
    streams.sort_unstable();
    streams.dedup();
    let mut places = Places::default();
    for stream in &streams {
        places.push(*stream, Sequence::NONE);
    }
    let rows = places.bind_streams(sqlx::query(VERSIONS)).fetch_all(connection).await?;
    let version = |row: sqlx::postgres::PgRow| Ok(Sequence(number(row.try_get(0)?)));
    let versions = rows.into_iter().map(version).collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(streams.into_iter().zip(versions).collect())
}

/// Whether the records fit; if so the streams have moved on.
fn judge<'b>(records: &'b [NewRecord], versions: &mut HashMap<StreamId, Sequence>) -> Finding<'b> {
    for (index, record) in records.iter().enumerate() {
        let version = versions.get(&record.stream).copied().unwrap_or_default();
        if version.next() != record.sequence {
            // Sequences of a stream follow each other in a batch, so going back restores what was before it.
            for undone in records[..index].iter().rev() {
                versions.insert(undone.stream, Sequence(undone.sequence.0 - 1));
            }
            return Finding::Disputed(record);
        }
        versions.insert(record.stream, record.sequence);
    }
    Finding::Fits
}

type Standing = Option<(Position, RecordId)>;

/// What stands in the place of each record of the disputed batches, in order; what the group wrote included.
async fn standing(
    connection: &mut PgConnection,
    batches: &[&Batch],
    findings: &[Finding<'_>],
) -> Result<Vec<Standing>, sqlx::Error> {
    let mut places = Places::default();
    let mut asked = false;
    for (batch, finding) in batches.iter().zip(findings) {
        if let Finding::Disputed(_) = finding {
            asked = true;
            batch.records().iter().for_each(|record| places.push(record.stream, record.sequence));
        }
    }
    if !asked {
        return Ok(vec![]);
    }
    let rows = places.bind(sqlx::query(STANDING)).fetch_all(connection).await?;
    let read = |row: sqlx::postgres::PgRow| {
        let (position, id): (Option<i64>, Option<uuid::Uuid>) = (row.try_get(0)?, row.try_get(1)?);
        Ok(position.zip(id).map(|(position, id)| (Position(number(position)), RecordId::from_uuid(id))))
    };
    rows.into_iter().map(read).collect()
}

/// Where the batch stands, if all of it is there under its own ids.
fn already(records: &[NewRecord], there: &[Standing]) -> Option<Appended> {
    let own = |(record, found): (&NewRecord, &Standing)| {
        found.filter(|(_, id)| *id == record.id).map(|(position, _)| position)
    };
    let positions: Option<Vec<_>> = records.iter().zip(there).map(own).collect();
    let positions = positions?;
    Some(Appended { first: *positions.first()?, last: *positions.last()?, already: true })
}

fn conflict(
    records: &[NewRecord],
    disputed: &NewRecord,
    there: &[Standing],
    versions: &HashMap<StreamId, Sequence>,
) -> Conflict {
    let is_it = |(record, _): &(&NewRecord, &Standing)| std::ptr::eq(*record, disputed);
    let existing = records.iter().zip(there).find(is_it).and_then(|(_, found)| *found).map(|(_, id)| id);
    Conflict {
        stream: disputed.stream,
        expected: Sequence(disputed.sequence.0 - 1),
        found: versions.get(&disputed.stream).copied().unwrap_or_default(),
        existing,
    }
}
