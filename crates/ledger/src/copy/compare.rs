//! Comparing two sides: each is read by itself, and what they amount to must be the same after every record.

use std::sync::Arc;

use domain::Position;
use tokio::sync::mpsc;

use super::digest::{Digest, Proof, proofs};
use super::outcome::{CopyError, SideName};
use super::port::{Compared, Side, Target};
use super::read_ahead::read_ahead;
use crate::record::Record;

/// How many records are compared before it is told and remembered.
const STRETCH: u64 = 65_536;

/// Goes on comparing after `compared` and up to `upto`, and tells of every stretch that was found equal.
pub(super) async fn compare(
    source: &Arc<dyn Side>,
    target: &Arc<dyn Target>,
    mut compared: Compared,
    upto: Position,
    mut tell: impl FnMut(Compared, u64),
) -> Result<Compared, CopyError> {
    let range = (compared.upto, upto);
    let mut ours = Proofs::of((SideName::Source, source.clone()), range, compared.digest);
    let mut theirs = Proofs::of((SideName::Target, target.clone()), range, compared.digest);
    let mut bytes = 0;
    loop {
        match (ours.next().await?, theirs.next().await?) {
            (Some(one), Some(other)) if one == other => {
                compared = Compared { upto: one.position, records: compared.records + 1, digest: one.digest };
                bytes += one.bytes as u64;
            }
            (None, None) => break,
            (one, other) => return Err(apart(source, target, compared.upto, one, other).await),
        }
        if compared.records.is_multiple_of(STRETCH) {
            target.note(compared).await?;
            tell(compared, bytes);
        }
    }
    target.note(compared).await?;
    tell(compared, bytes);
    Ok(compared)
}

/// The proofs of one side, one after the other.
struct Proofs {
    pages: mpsc::Receiver<Result<Vec<Proof>, CopyError>>,
    page: std::vec::IntoIter<Proof>,
}

impl Proofs {
    fn of(side: (SideName, Arc<dyn Side>), range: (Position, Position), mut before: Digest) -> Self {
        let pages = read_ahead(side, range, move |page| proofs(&mut before, &page));
        Self { pages, page: Vec::new().into_iter() }
    }

    async fn next(&mut self) -> Result<Option<Proof>, CopyError> {
        loop {
            if let Some(proof) = self.page.next() {
                return Ok(Some(proof));
            }
            match self.pages.recv().await {
                Some(page) => self.page = page?.into_iter(),
                None => return Ok(None),
            }
        }
    }
}

/// Where and how the sides part behind `after`.
async fn apart(
    source: &Arc<dyn Side>,
    target: &Arc<dyn Target>,
    after: Position,
    one: Option<Proof>,
    other: Option<Proof>,
) -> CopyError {
    let (Some(one), Some(other)) = (one, other) else {
        let position = one.or(other).map_or(after, |proof| proof.position);
        let how = if one.is_some() { MISSING } else { EXTRA };
        return CopyError::Apart { position, how };
    };
    if one.position != other.position {
        let how = if one.position < other.position { MISSING } else { EXTRA };
        return CopyError::Apart { position: one.position.min(other.position), how };
    }
    match (record_at(source, one.position).await, record_at(target, one.position).await) {
        (Some(ours), Some(theirs)) => {
            CopyError::Apart { position: one.position, how: difference(&ours, &theirs) }
        }
        _ => CopyError::Apart { position: one.position, how: "it was not the same when it was read" },
    }
}

const MISSING: &str = "the record is missing in the target";
const EXTRA: &str = "the record is in the target only";

/// The record at `position`, if it is there and can be read.
pub(super) async fn record_at<S: Side + ?Sized>(side: &Arc<S>, position: Position) -> Option<Record> {
    let before = Position(position.0.saturating_sub(1));
    side.page(before, position).await.ok()?.into_iter().next()
}

/// What is not the same about two records at the same position.
pub(super) fn difference(one: &Record, other: &Record) -> &'static str {
    let parts = [
        (one.id != other.id, "the record's id"),
        (one.stream != other.stream, "its stream"),
        (one.sequence != other.sequence, "its sequence"),
        (one.record_type != other.record_type, "its type"),
        (one.version != other.version, "the version of its payload"),
        (one.payload != other.payload, "its payload"),
        (one.tenant != other.tenant, "its tenant"),
        (one.metadata != other.metadata, "its metadata"),
        (one.recorded_at != other.recorded_at, "its instant"),
    ];
    let found = parts.into_iter().find(|(differs, _)| *differs);
    found.map_or("it was not the same when it was read", |(_, part)| part)
}
