//! The steps of a copy, in order.

use std::sync::Arc;

use domain::Position;

use super::compare::{compare, difference, record_at};
use super::outcome::{CopyError, Progress, Report, SideName, Step};
use super::port::{Compared, PAGE_RECORDS, Side, Target};
use super::read_ahead::read_ahead;
use crate::record::Record;

/// How often the end of a source in use is run after before it is left at that.
const ROUNDS_MAX: u32 = 16;

/// Copies what the source holds while its server goes on, and compares it: up to where the source ended a moment ago. The
/// target is not ready then; [`whole`] goes on from there. Answers how far both sides are known to be equal.
pub async fn ahead(
    source: Arc<dyn Side>,
    target: Arc<dyn Target>,
    tell: impl FnMut(Progress) + Send,
) -> Result<Compared, CopyError> {
    let mut copying = Copying::begin(source, target, tell).await?;
    for _ in 0..ROUNDS_MAX {
        let copied = copying.round().await?;
        // What came in the meantime fits one page: there is little left to gain.
        if copied <= PAGE_RECORDS as u64 {
            break;
        }
    }
    Ok(copying.compared)
}

/// Copies all that the source holds, whose server must have stopped; compares both sides, counts them, and makes the target
/// ready. If the counts differ ([`Report::is_same`]) it is left as it is.
pub async fn whole(
    source: Arc<dyn Side>,
    target: Arc<dyn Target>,
    tell: impl FnMut(Progress) + Send,
) -> Result<Report, CopyError> {
    let mut copying = Copying::begin(source, target, tell).await?;
    let copied = copying.round().await?;
    let Copying { source, target, compared, .. } = copying;
    let counted = |side, totals: Result<_, _>| {
        totals.map_err(|error| CopyError::Read { side, after: Position::START, source: error })
    };
    let (ours, theirs) = tokio::join!(source.totals(), target.totals());
    let (ours, theirs) = (counted(SideName::Source, ours)?, counted(SideName::Target, theirs)?);
    let report = Report { copied, compared, source: ours, target: theirs };
    if report.is_same() {
        target.finish(ours.last).await?;
    }
    Ok(report)
}

/// A copy under way.
struct Copying<F> {
    source: Arc<dyn Side>,
    target: Arc<dyn Target>,
    /// Where the target ends.
    copied: Position,
    compared: Compared,
    tell: F,
}

impl<F: FnMut(Progress) + Send> Copying<F> {
    async fn begin(source: Arc<dyn Side>, target: Arc<dyn Target>, tell: F) -> Result<Self, CopyError> {
        let first = source.page(Position::START, Position::END).await;
        let first = first.map_err(|source| CopyError::Read {
            side: SideName::Source,
            after: Position::START,
            source,
        })?;
        let first = first.first().ok_or(CopyError::Empty)?;
        let compared = target.begin(first.id).await?;
        let copied = head(SideName::Target, &*target).await?;
        let copying = Self { source, target, copied, compared, tell };
        copying.check_joint().await?;
        Ok(copying)
    }

    /// What an earlier run left must be what the source has there, too.
    async fn check_joint(&self) -> Result<(), CopyError> {
        if self.copied == Position::START {
            return Ok(());
        }
        let apart = |how| Err(CopyError::Apart { position: self.copied, how });
        let theirs = record_at(&self.target, self.copied).await;
        match (record_at(&self.source, self.copied).await, theirs) {
            (Some(ours), Some(theirs)) if is_same(&ours, &theirs) => Ok(()),
            (Some(ours), Some(theirs)) => apart(difference(&ours, &theirs)),
            (None, _) => apart(
                "the source does not have the record where the target ends: was an older one put there?",
            ),
            (Some(_), None) => apart("the target's last record cannot be read"),
        }
    }

    /// Copies and compares up to where the source ends now. Answers how many records were copied.
    async fn round(&mut self) -> Result<u64, CopyError> {
        let end = head(SideName::Source, &*self.source).await?;
        let copied = self.copy(end).await?;
        self.compare(end).await?;
        Ok(copied)
    }

    async fn copy(&mut self, to: Position) -> Result<u64, CopyError> {
        let from = self.copied;
        let mut pages = read_ahead((SideName::Source, self.source.clone()), (from, to), |page| page);
        let (mut records, mut bytes) = (0, 0);
        while let Some(page) = pages.recv().await {
            let page = page?;
            let end = page.last().map_or(self.copied, |record| record.position);
            let (more, weight) = (page.len() as u64, page.iter().map(Record::weight).sum::<usize>() as u64);
            self.target.write(page).await?;
            (self.copied, records, bytes) = (end, records + more, bytes + weight);
            (self.tell)(Progress { step: Step::Copying, records, bytes, from, at: self.copied, to });
        }
        Ok(records)
    }

    async fn compare(&mut self, to: Position) -> Result<(), CopyError> {
        let (before, tell) = (self.compared, &mut self.tell);
        let told = |now: Compared, bytes| {
            tell(Progress {
                step: Step::Comparing,
                records: now.records - before.records,
                bytes,
                from: before.upto,
                at: now.upto,
                to,
            });
        };
        self.compared = compare(&self.source, &self.target, before, to, told).await?;
        Ok(())
    }
}

async fn head<S: Side + ?Sized>(side: SideName, of: &S) -> Result<Position, CopyError> {
    of.head().await.map_err(|source| CopyError::Read { side, after: Position::START, source })
}

fn is_same(one: &Record, other: &Record) -> bool {
    let before = super::digest::Digest::default();
    before.followed_by(one) == before.followed_by(other)
}
