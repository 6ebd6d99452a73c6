//! What callers want written, in order of arrival, until the writer takes it.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::handover::Job;

/// Jobs in a group from which on the next one is waited for.
const LINGER_FROM: usize = 8;
/// The most jobs that are waited for.
const LINGER_JOBS_MAX: usize = 128;
/// The longest wait: about what a synced commit takes.
const LINGER: Duration = Duration::from_millis(1);
/// A wait ends when nobody came for so long: whoever was answered and wanted to come back is there.
const LULL: Duration = Duration::from_micros(250);

/// What the writer finds when it looks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// At least one job.
    Jobs,
    /// None came for as long as it waited.
    Nothing,
    /// None, and none will come.
    Closed,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
    /// Whether the writer sleeps and must be woken.
    awaited: bool,
    /// How many jobs the writer waits for, if it lingers.
    wanted: usize,
    /// How many jobs were taken the last time.
    last: usize,
    /// The most jobs that were taken of late.
    most: usize,
}

impl Queue {
    /// Adds a job, or gives it back if the queue has closed.
    pub(super) fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.lock();
        if state.closed {
            return Err(job);
        }
        state.jobs.push_back(job);
        let awaited = std::mem::take(&mut state.awaited) || state.jobs.len() == state.wanted;
        drop(state);
        if awaited {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Moves jobs into `taken` until they have `records` records together; waits for the first one.
    ///
    /// While many callers write at the same time it waits a moment longer, for as many jobs as there were at once of late:
    /// those that were just answered are about to come back, and a commit costs nearly the same for all of them. To wait
    /// for a share of the last group instead made groups ever smaller.
    pub(super) fn take(&self, taken: &mut Vec<Job>, records: usize, patience: Duration) -> Taken {
        let mut state = self.lock();
        if state.jobs.is_empty() && !state.closed {
            state.awaited = true;
            let waiting = self.filled.wait_timeout_while(state, patience, |state| state.awaited);
            state = waiting.unwrap_or_else(PoisonError::into_inner).0;
            state.awaited = false;
        }
        if state.last >= LINGER_FROM {
            state = self.linger(state);
        }
        let mut total = 0;
        while total < records {
            let Some(job) = state.jobs.pop_front() else { break };
            total += job.records;
            taken.push(job);
        }
        state.last = taken.len();
        state.most = taken.len().max(state.most - state.most / 16);
        match (taken.is_empty(), state.closed) {
            (false, _) => Taken::Jobs,
            (true, false) => Taken::Nothing,
            (true, true) => Taken::Closed,
        }
    }

    /// Waits for as many jobs as there were of late, as long as they keep coming.
    fn linger<'q>(&'q self, mut state: MutexGuard<'q, State>) -> MutexGuard<'q, State> {
        state.wanted = state.most.min(LINGER_JOBS_MAX);
        let lacking = |state: &mut State| state.jobs.len() < state.wanted && !state.closed;
        let mut left = LINGER;
        let mut before = 0;
        while !left.is_zero() && state.jobs.len() > before && lacking(&mut state) {
            before = state.jobs.len();
            let waiting = self.filled.wait_timeout_while(state, LULL.min(left), |state| lacking(state));
            state = waiting.unwrap_or_else(PoisonError::into_inner).0;
            left = left.saturating_sub(LULL);
        }
        state.wanted = 0;
        state
    }

    /// Lets no more jobs in; those inside are still taken.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.awaited = false;
        drop(state);
        self.filled.notify_one();
    }

    /// Closes, and takes out what nobody will write any more.
    pub(super) fn abandon(&self) -> VecDeque<Job> {
        self.close();
        std::mem::take(&mut self.lock().jobs)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
