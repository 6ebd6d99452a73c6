//! The part of a subscription's waiting deliveries that is held in memory; the rest lies in the `queue` view.
//!
//! Two bounds say what memory covers. Of first attempts it holds all up to `first_beyond`, in the order of their
//! events; of retries all before `retries_beyond`, in the order in which they are due. `None` means: all there are.
//! A page is loaded from the view when memory runs low. What happens while a page is on its way is remembered, so
//! that a row which has become stale is not taken for news.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use domain::{DeliveryId, Position, Timestamp};
use hashbrown::{HashMap, HashSet};

use super::job::{Job, RetryKey};

/// Which page of waiting deliveries is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// First attempts whose events stand after this position.
    First {
        /// The last position that memory covers.
        after: Position,
    },
    /// Retries from this place in their order on.
    Retries {
        /// The first place that memory does not cover.
        from: RetryKey,
    },
}

/// A page of waiting deliveries, as the view knew them.
#[derive(Debug, Clone)]
pub struct Page {
    /// How far the view had folded the ledger when it was read.
    pub as_of: Position,
    /// The deliveries, in the order that was asked for.
    pub jobs: Vec<Job>,
    /// Whether the view has more behind them.
    pub more: bool,
}

/// The waiting deliveries of one subscription that are in memory.
#[derive(Debug, Default)]
pub(super) struct Window {
    first: VecDeque<Job>,
    retries: BTreeMap<RetryKey, Job>,
    first_beyond: Option<Position>,
    retries_beyond: Option<RetryKey>,
    loading: Option<Loading>,
}

/// A page that is on its way.
#[derive(Debug)]
struct Loading {
    wanted: Wanted,
    /// Where a change of a delivery is recorded that was learned of since it was asked for: the row of a view that
    /// has not come there is stale.
    changes: HashMap<DeliveryId, Position>,
    /// Retries that came to be, outside memory, since it was asked for: the earliest.
    beyond: Option<RetryKey>,
    /// First attempts that came to be since it was asked for; `None` once they were too many to keep.
    meantime: Option<Vec<Job>>,
}

impl Loading {
    const fn retries(&self) -> bool {
        matches!(self.wanted, Wanted::Retries { .. })
    }
}

/// A place before every retry.
pub(super) const EARLIEST: RetryKey = (Timestamp::from_micros(0), DeliveryId::from_uuid(uuid::Uuid::nil()));

impl Window {
    /// With these first attempts, in the order of their events, and nothing beyond these bounds.
    pub(super) fn covering(
        first: Vec<Job>,
        first_beyond: Option<Position>,
        retries_beyond: Option<RetryKey>,
    ) -> Self {
        Self { first: first.into(), first_beyond, retries_beyond, ..Self::default() }
    }

    /// The place that follows on `key`, so that a page which ended there is continued behind it.
    pub(super) const fn behind((due_at, delivery): RetryKey) -> RetryKey {
        let id = delivery.uuid().as_u128().saturating_add(1);
        (due_at, DeliveryId::from_uuid(uuid::Uuid::from_u128(id)))
    }

    /// How many deliveries are held.
    pub(super) fn len(&self) -> usize {
        let meantime = self.loading.as_ref().and_then(|loading| loading.meantime.as_ref());
        self.first.len() + self.retries.len() + meantime.map_or(0, Vec::len)
    }

    /// Whether nothing waits, neither here nor in the view.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
            && self.first_beyond.is_none()
            && self.retries_beyond.is_none()
            && self.loading.is_none()
    }

    /// Takes a new delivery, or leaves it to the view if there is no room or others before it are there.
    pub(super) fn push_first(&mut self, job: Job, room: bool) {
        if self.first_beyond.is_some() {
            if let Some(loading) = &mut self.loading {
                match &mut loading.meantime {
                    Some(meantime) if room => meantime.push(job),
                    meantime => *meantime = None,
                }
            }
            return;
        }
        if room {
            self.first.push_back(job);
        } else {
            let last = self.first.back().map(|last| last.event_position);
            self.first_beyond = Some(last.unwrap_or(Position(job.event_position.0 - 1)));
        }
    }

    /// Takes a delivery that waits for a retry, or leaves it to the view.
    ///
    /// The view must know it, or come to know it: its record is appended.
    pub(super) fn push_retry(&mut self, job: Job, room: bool) {
        let Some(key) = job.retry_key() else { return };
        let loading = self.loading.as_ref().is_some_and(Loading::retries);
        if self.retries_beyond.is_some_and(|beyond| key >= beyond) && !loading {
            return;
        }
        if loading && !room {
            return self.note_retry(key);
        }
        self.retries.insert(key, job);
        if !room {
            let (last, _) = self.retries.pop_last().expect("one was just put in");
            self.leave_retries_from(last);
        }
    }

    /// Notes that a retry which is not held stands at `key`, in the view.
    pub(super) fn note_retry(&mut self, key: RetryKey) {
        if let Some(loading) = self.loading.as_mut().filter(|loading| loading.retries()) {
            loading.beyond = Some(loading.beyond.map_or(key, |beyond| beyond.min(key)));
        } else if self.retries_beyond.is_none_or(|beyond| key < beyond) {
            self.leave_retries_from(key);
        }
    }

    /// Notes that something is recorded of `delivery` at `position`, so that an older row of it in a page under way is
    /// stale.
    pub(super) fn note_change(&mut self, delivery: DeliveryId, position: Position) {
        if let Some(loading) = &mut self.loading {
            let last = loading.changes.entry(delivery).or_default();
            *last = position.max(*last);
        }
    }

    /// Takes the next delivery that may be attempted at `now`: first attempts before retries.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<Job> {
        self.first.pop_front().or_else(|| {
            let entry = self.retries.first_entry().filter(|entry| entry.key().0 <= now)?;
            Some(entry.remove())
        })
    }

    /// Whether [`Window::pop`] would give something.
    pub(super) fn is_ready(&self, now: Timestamp) -> bool {
        !self.first.is_empty()
            || self.retries.first_key_value().is_some_and(|((due_at, _), _)| *due_at <= now)
    }

    /// When the earliest retry is due, held or not; `None` if none waits.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let held = self.retries.first_key_value().map(|((due_at, _), _)| *due_at);
        let beyond = self.retries_beyond.map(|(due_at, _)| due_at);
        held.into_iter().chain(beyond).min()
    }

    /// Takes the first attempt for the event at `position` out, and says whether it was held.
    pub(super) fn take_first(&mut self, position: Position, delivery: DeliveryId) -> bool {
        let Ok(place) = self.first.binary_search_by_key(&position, |job| job.event_position) else {
            return false;
        };
        let found = self.first[place].delivery == delivery;
        if found {
            self.first.remove(place);
        }
        found
    }

    /// Takes what was held before it was put aside, where it belongs now.
    pub(super) fn put_back(&mut self, job: Job, room: bool) {
        if !job.is_first() {
            return self.push_retry(job, room);
        }
        if self.first_beyond.is_none_or(|beyond| job.event_position <= beyond) {
            let place = self.first.partition_point(|other| other.event_position < job.event_position);
            self.first.insert(place, job);
        }
    }

    /// Notes that a retry may stand at `key` in the view, if anything of this window is there at all.
    pub(super) fn may_lie_beyond(&mut self, key: RetryKey) {
        if self.first_beyond.is_some() || self.retries_beyond.is_some() {
            self.note_retry(key);
        }
    }

    /// Takes a held delivery out, wherever it waits.
    pub(super) fn remove(&mut self, delivery: DeliveryId) -> Option<Job> {
        if let Some(place) = self.first.iter().position(|job| job.delivery == delivery) {
            return self.first.remove(place);
        }
        let key = *self.retries.iter().find(|(key, _)| key.1 == delivery)?.0;
        self.retries.remove(&key)
    }

    /// Whether a delivery is held, wherever it waits.
    pub(super) fn holds(&self, delivery: DeliveryId) -> bool {
        self.first.iter().any(|job| job.delivery == delivery)
            || self.retries.keys().any(|key| key.1 == delivery)
    }

    /// The page to ask for now, if any; at most one is under way. `low` says how few held ones are too few, `room` how
    /// many more may be held. First attempts are asked for without room, too: retries make room for them.
    pub(super) fn want(&mut self, now: Timestamp, low: usize, room: usize) -> Option<Wanted> {
        if self.loading.is_some() {
            return None;
        }
        let first = self.first_beyond.filter(|_| self.first.len() < low).map(|after| Wanted::First { after });
        let retries = || {
            let due = |beyond: &RetryKey| beyond.0 <= now && self.retries.len() < low && room > 0;
            let from = self.retries_beyond.filter(due)?;
            Some(Wanted::Retries { from })
        };
        let wanted = first.or_else(retries)?;
        self.loading =
            Some(Loading { wanted, changes: HashMap::new(), beyond: None, meantime: Some(Vec::new()) });
        Some(wanted)
    }

    /// Takes the page that was asked for. `folded` is how far the engine has followed the ledger: what the view knows
    /// of the time after, the engine will meet there. `held` tells whether a delivery is under way.
    pub(super) fn loaded(&mut self, page: Page, folded: Position, held: impl Fn(DeliveryId) -> bool) {
        let Some(Loading { wanted, changes, beyond, meantime }) = self.loading.take() else { return };
        let as_of = page.as_of;
        let fresh = |job: &Job| {
            let stale = changes.get(&job.delivery).is_some_and(|change| *change > as_of);
            job.event_position <= folded && !stale && !held(job.delivery)
        };
        match wanted {
            Wanted::First { .. } => {
                let last = page.jobs.last().map(|job| job.event_position);
                let covered = if page.more { last.unwrap_or(page.as_of) } else { page.as_of };
                self.first.extend(page.jobs.into_iter().filter(fresh));
                self.first_beyond = (covered < folded).then_some(covered);
                if let Some(meantime) = meantime.filter(|_| !page.more) {
                    let newer = meantime.into_iter().filter(|job| job.event_position > covered);
                    self.first.extend(newer.filter(|job| !changes.contains_key(&job.delivery)));
                    self.first_beyond = None;
                }
            }
            Wanted::Retries { .. } => {
                let end = page.jobs.last().and_then(Job::retry_key).filter(|_| page.more);
                // A row of what is in memory stands elsewhere, since somebody asked for it: that is met in the ledger.
                let first = self.first.iter().map(|job| job.delivery);
                let known: HashSet<_> = first.chain(self.retries.keys().map(|key| key.1)).collect();
                let new = |job: &Job| !known.contains(&job.delivery);
                for job in page.jobs.into_iter().filter(fresh).filter(new) {
                    if let Some(key) = job.retry_key() {
                        self.retries.insert(key, job);
                    }
                }
                self.retries_beyond = end.map(Self::behind);
                if let Some(end) = self.retries_beyond {
                    // What came to be meanwhile and stands further on is in the view.
                    self.retries.split_off(&end);
                }
            }
        }
        if let Some(key) = beyond {
            self.note_retry(key);
        }
    }

    /// Gives up the page that was asked for; it will be wanted again.
    pub(super) fn load_failed(&mut self) {
        if let Some(Loading { beyond: Some(key), .. }) = self.loading.take() {
            self.note_retry(key);
        }
        if let Some(beyond) = self.retries_beyond {
            self.retries.split_off(&beyond);
        }
    }

    /// Leaves what is too much to the view: retries before first attempts, the last ones first.
    pub(super) fn shrink_to(&mut self, max: usize) {
        while self.len() > max {
            if let Some((last, _)) = self.retries.pop_last() {
                self.leave_retries_from(last);
            } else if let Some(last) = self.first.pop_back() {
                self.first_beyond = Some(Position(last.event_position.0 - 1));
            } else {
                break;
            }
        }
    }

    fn leave_retries_from(&mut self, key: RetryKey) {
        self.retries.split_off(&key);
        self.retries_beyond = Some(self.retries_beyond.map_or(key, |beyond| beyond.min(key)));
    }
}
