//! The one task that writes, and that knows where the ledger ends.
//!
//! It takes what is queued, writes it as one group, and after the commit first makes the records readable, then announces
//! the head, then answers. So who was answered position n finds it. Between groups it pulls in what others wrote.
//!
//! Nobody is told of a record before the database has confirmed it, whoever wrote it: with a synchronous standby a record
//! can be seen on the primary that the standby lacks, and that is gone when the standby takes over.
//!
//! When its connection breaks it makes another, after the old one's backend has ended, and does once more, with care,
//! what may or may not have been committed: every record that is there is recognised by its id.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Position, RecordId};
use metrics::{Gauge, Histogram};
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};

use super::backend::Backend;
use super::connect::{Connected, connect_writer};
use super::group::{self, GroupError, Trust};
use super::listener::Heard;
use super::options::Options;
use super::readers;
use super::store::{self, End};
use crate::filter::Filter;
use crate::handover::Job;
use crate::new_record::Batch;
use crate::outcome::{Appended, LedgerError, SharedError, Verdict};
use crate::recent::Recent;
use crate::record::Record;

/// How long to wait before connecting again after it failed.
const BACKOFF: Duration = Duration::from_millis(200);

/// Why nothing can be written at present; none when all is well.
pub(super) type Failure = Arc<Mutex<Option<SharedError>>>;

/// What was acknowledged is not there any more.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database ends at position {found} and lacks {acknowledged}, which was acknowledged: was an older copy restored?"
)]
struct Lost {
    acknowledged: Position,
    found: Position,
}

/// Whether what is read is known to be where the database promises it to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Footing {
    /// A later commit of our own is.
    Firm,
    /// It was seen, and no more.
    Seen,
}

pub(super) struct Writer {
    address: PgConnectOptions,
    /// None while it is broken.
    connected: Option<Connected>,
    /// The last backend that wrote.
    former: Option<Backend>,
    /// The last record that anybody was told of.
    head: Position,
    last: Option<RecordId>,
    announced: watch::Sender<Position>,
    recent: Arc<Recent>,
    jobs: mpsc::UnboundedReceiver<Job>,
    heard: Arc<Heard>,
    options: Options,
    failure: Failure,
    /// When a connection was last made, or not.
    tried: Instant,
    meters: Meters,
}

struct Meters {
    group_records: Histogram,
    group_seconds: Histogram,
    head: Gauge,
}

/// What a writer shares with the store.
pub(super) struct Shared {
    pub(super) recent: Arc<Recent>,
    pub(super) heard: Arc<Heard>,
    pub(super) failure: Failure,
}

impl Writer {
    /// A writer on `connected`, where the ledger ends at `end`; and the receiver of its announcements.
    pub(super) fn new(
        address: PgConnectOptions,
        connected: Connected,
        end: End,
        jobs: mpsc::UnboundedReceiver<Job>,
        shared: Shared,
        options: Options,
    ) -> (Self, watch::Receiver<Position>) {
        let End { position: head, record: last } = end;
        let (announced, receiver) = watch::channel(head);
        let meters = Meters {
            group_records: metrics::histogram!("hookledger_ledger_group_records"),
            group_seconds: metrics::histogram!("hookledger_ledger_group_seconds"),
            head: metrics::gauge!("hookledger_ledger_head"),
        };
        let Shared { recent, heard, failure } = shared;
        let (former, connected) = (Some(connected.backend.clone()), Some(connected));
        let tried = Instant::now();
        let writer = Self {
            address,
            connected,
            former,
            head,
            last,
            announced,
            recent,
            jobs,
            heard,
            options,
            failure,
            tried,
            meters,
        };
        (writer, receiver)
    }

    /// Works until nobody can append any more and the queue is empty.
    pub(super) async fn run(mut self) {
        let mut poll = interval(self.options.poll);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let heard = self.heard.clone();
        loop {
            tokio::select! {
                job = self.jobs.recv() => match job {
                    Some(job) => self.write_from(job).await,
                    None => return,
                },
                () = heard.anything() => self.pull_what_was_heard().await,
                _ = poll.tick() => self.pull().await,
            }
        }
    }

    async fn write_from(&mut self, first: Job) {
        let mut jobs = vec![first];
        let mut records = jobs[0].records;
        while records < self.options.group_records {
            let Ok(job) = self.jobs.try_recv() else { break };
            records += job.records;
            jobs.push(job);
        }
        self.write(jobs, Trust::Group).await;
    }

    async fn write(&mut self, jobs: Vec<Job>, trust: Trust) {
        if !self.is_connected().await {
            return refuse(jobs, &LedgerError::Unavailable(self.why()));
        }
        match self.attempt(&jobs, trust).await {
            Ok(verdicts) => self.publish(jobs, verdicts, Position(u64::MAX)).await,
            Err(error) if error.is_doubt() => self.resolve(jobs, error).await,
            Err(error) if error.blames_records() && jobs.len() > 1 => {
                // One of them may be at fault; the others shall not suffer from it.
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a group was refused and is written one by one"
                );
                for job in jobs {
                    Box::pin(self.write(vec![job], trust)).await;
                }
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the ledger could not be written");
                let leaves_connection = error.leaves_connection();
                let cause = shared(error);
                if !leaves_connection {
                    self.give_up(cause.clone());
                }
                refuse(jobs, &LedgerError::Unavailable(cause));
            }
        }
    }

    async fn attempt(&mut self, jobs: &[Job], trust: Trust) -> Result<Vec<Verdict>, GroupError> {
        let Some(connected) = &mut self.connected else {
            return Err(GroupError::Broken(sqlx::Error::PoolClosed));
        };
        let started = Instant::now();
        let batches: Vec<_> = jobs.iter().flat_map(|job| &job.batches).collect();
        let Connected { connection, backend } = connected;
        let writing = group::write(connection, &batches, trust, self.options.patience);
        let verdicts = backend.attended(&self.address, writing).await.map_err(GroupError::Gone)??;
        self.meters.group_seconds.record(started.elapsed());
        Ok(verdicts)
    }

    /// Makes the group readable, then known, then answers. What was found after `known` was written by these very calls, in
    /// an attempt that was in doubt, and nobody is told that it had been there before.
    async fn publish(&mut self, jobs: Vec<Job>, verdicts: Vec<Verdict>, known: Position) {
        let (bound, footing) = needed(&verdicts);
        if let Err(error) = self.pull_up_to(bound, footing).await {
            // What is written stays, but nobody can be told before it can be read.
            tracing::error!(error = &error as &dyn std::error::Error, "what others wrote could not be read");
            self.give_up(shared(error));
            let known = if footing == Footing::Firm { self.head } else { known };
            return Box::pin(self.resolve_now(jobs, known)).await;
        }
        let (mut records, mut answers, mut verdicts) = (vec![], vec![], verdicts.into_iter());
        for Job { batches, reply, room, .. } in jobs {
            let own: Vec<_> = verdicts.by_ref().take(batches.len()).collect();
            for (batch, verdict) in batches.into_iter().zip(&own) {
                self.collect(batch, verdict, &mut records);
            }
            answers.push((reply, own.into_iter().map(|verdict| as_own(verdict, known)).collect(), room));
        }
        self.meters.group_records.record(u32::try_from(records.len()).unwrap_or(u32::MAX));
        self.show(records);
        for (reply, verdicts, room) in answers {
            drop(room);
            // Whoever asked may have gone; then nobody wants to know.
            let _ = reply.send(Ok(verdicts));
        }
    }

    fn collect(&self, batch: Batch, verdict: &Verdict, records: &mut Vec<Arc<Record>>) {
        if let Ok(Appended { first, already: false, .. }) = verdict {
            let upcasters = &self.options.upcasters;
            let placed = batch.into_records().into_iter().zip(first.0..);
            records.extend(placed.map(|(new, position)| {
                Arc::new(Record::recorded(new, Position(position), upcasters.clone()))
            }));
        }
    }

    /// Makes records readable that follow those before, then announces them.
    fn show(&mut self, records: Vec<Arc<Record>>) {
        let Some((last, id)) = records.last().map(|record| (record.position, record.id)) else { return };
        self.recent.extend(records.into_iter());
        self.head = last;
        self.last = Some(id);
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        self.meters.head.set(last.0 as f64);
        self.announced.send_replace(last);
    }

    async fn pull_what_was_heard(&mut self) {
        if self.heard.is_beyond(self.head) {
            self.pull().await;
        }
    }

    /// Shows what others wrote.
    async fn pull(&mut self) {
        if !self.is_connected().await {
            return;
        }
        match self.pull_up_to(Position(u64::MAX), Footing::Seen).await {
            Ok(()) => self.heard.forget(self.head),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "what others wrote could not be read"
                );
                self.give_up(shared(error));
            }
        }
    }

    /// Shows what others wrote up to `bound`, as far as it is there.
    async fn pull_up_to(&mut self, bound: Position, footing: Footing) -> Result<(), LedgerError> {
        while self.head < bound {
            let Some(connected) = &mut self.connected else { break };
            let Connected { connection, backend } = connected;
            let Options { upcasters, patience, .. } = &self.options;
            let page = readers::page(connection, self.head, bound, Filter::All, usize::MAX, upcasters);
            let page = readers::within(*patience, page);
            let page = backend.attended(&self.address, page).await.map_err(LedgerError::unavailable)??;
            if footing == Footing::Seen && !page.records.is_empty() {
                connected.confirm(&self.address, *patience).await.map_err(LedgerError::unavailable)?;
            }
            let more = page.upto < bound;
            self.show(page.records);
            if !more {
                break;
            }
        }
        Ok(())
    }

    /// A commit is in doubt: finds out on another connection.
    async fn resolve(&mut self, jobs: Vec<Job>, error: GroupError) {
        tracing::warn!(error = &error as &dyn std::error::Error, "a commit is in doubt and is looked up");
        self.give_up(shared(error));
        self.resolve_now(jobs, self.head).await;
    }

    /// Of what these calls wrote nothing stands at or below `known`.
    async fn resolve_now(&mut self, jobs: Vec<Job>, known: Position) {
        let deadline = Instant::now() + self.options.doubt_patience;
        while !timeout_at(deadline, self.reconnect()).await.unwrap_or(false) {
            if Instant::now() >= deadline {
                return refuse(jobs, &LedgerError::InDoubt(self.why()));
            }
            sleep(BACKOFF).await;
        }
        match self.attempt(&jobs, Trust::Nothing).await {
            Ok(verdicts) => self.publish(jobs, verdicts, known).await,
            Err(error) => {
                let cause = shared(error);
                self.give_up(cause.clone());
                refuse(jobs, &LedgerError::InDoubt(cause));
            }
        }
    }

    /// Whether there is a connection, after trying for one if the last try was a while ago.
    async fn is_connected(&mut self) -> bool {
        self.connected.is_some() || (self.tried.elapsed() >= BACKOFF && self.reconnect().await)
    }

    async fn reconnect(&mut self) -> bool {
        let outcome = self.try_to_connect().await;
        // What breaks a connection that was good for a while is no reason to wait before the next.
        self.tried = Instant::now();
        match outcome {
            Ok(()) => {
                tracing::info!(head = self.head.0, "the ledger can be written again");
                self.set_failure(None);
                true
            }
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "the ledger cannot be reached yet");
                self.give_up(error);
                false
            }
        }
    }

    async fn try_to_connect(&mut self) -> Result<(), SharedError> {
        let patience = self.options.patience;
        let mut connected =
            connect_writer(&self.address, self.former.as_ref(), patience).await.map_err(shared)?;
        // From now on it is the one that has to be ended before the next.
        self.former = Some(connected.backend.clone());
        let End { position: found, .. } = store::end(&mut connected.connection).await.map_err(shared)?;
        let last = store::at(&mut connected.connection, self.head).await.map_err(shared)?;
        connected.confirm(&self.address, patience).await.map_err(shared)?;
        if last != self.last {
            return Err(shared(Lost { acknowledged: self.head, found }));
        }
        self.connected = Some(connected);
        self.pull_up_to(found, Footing::Firm).await.map_err(shared)
    }

    /// Lets the connection go, and what it was doing.
    fn give_up(&mut self, cause: SharedError) {
        self.connected = None;
        self.set_failure(Some(cause));
    }

    fn why(&self) -> SharedError {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone().unwrap_or_else(|| shared(GroupError::Broken(sqlx::Error::WorkerCrashed)))
    }

    fn set_failure(&self, failure: Option<SharedError>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

/// Up to where everything must be known before anybody is told of these, and how well.
fn needed(verdicts: &[Verdict]) -> (Position, Footing) {
    let written = verdicts.iter().filter_map(|verdict| verdict.as_ref().ok());
    if let Some(fresh) = written.clone().find(|appended| !appended.already) {
        return (Position(fresh.first.0 - 1), Footing::Firm);
    }
    (written.map(|appended| appended.last).max().unwrap_or(Position::START), Footing::Seen)
}

fn as_own(verdict: Verdict, known: Position) -> Verdict {
    verdict.map(|appended| Appended { already: appended.already && appended.first <= known, ..appended })
}

fn shared(cause: impl std::error::Error + Send + Sync + 'static) -> SharedError {
    Arc::new(cause)
}

fn refuse(jobs: Vec<Job>, error: &LedgerError) {
    for job in jobs {
        job.refuse(error.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_doubted_attempt_wrote_is_its_own_and_what_was_there_before_is_not() {
        let found = |first| Appended { first: Position(first), last: Position(first + 1), already: true };
        let told = |first, known| as_own(Ok(found(first)), Position(known)).map(|appended| appended.already);
        assert_eq!((told(8, 7), told(7, 7), told(8, u64::MAX)), (Ok(false), Ok(true), Ok(true)));
    }
}
