//! The one thread that writes.
//!
//! It takes what is queued, writes it as one group, and after the commit first makes the records readable, then
//! announces the head, then answers. So who was answered position n finds it, and head is never ahead of the disk.
//!
//! A commit that failed leaves it unknown what is on the disk, and a failed sync may have lost what earlier ones wrote
//! to the page cache. The writer then gives its connection up, and answers nothing but "unavailable" until it has
//! reopened the file and moved the whole write-ahead log into it with a sync of its own.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::Position;
use metrics::{Gauge, Histogram};
use rusqlite::{Connection, ErrorCode};
use tokio::sync::watch;

use super::checkpoint::Checkpoints;
use super::file::{Opened, PAGE_BYTES, close_writer, reopen_writer};
use super::group::{self, GroupError, Written};
use super::lock::FolderLock;
use super::options::Options;
use super::queue::{Queue, Taken};
use super::readers::{self, Readers};
use crate::filter::Filter;
use crate::handover::Job;
use crate::new_record::Batch;
use crate::outcome::{Appended, LedgerError, SharedError, Verdict};
use crate::recent::Recent;
use crate::record::Record;

/// Why nothing can be written at present; none when all is well.
pub(super) type Failure = Arc<Mutex<Option<SharedError>>>;

pub(super) struct Writer {
    /// None while the file is given up.
    file: Option<OpenFile>,
    path: PathBuf,
    head: Position,
    announced: watch::Sender<Position>,
    recent: Arc<Recent>,
    queue: Arc<Queue>,
    readers: Readers,
    options: Options,
    failure: Failure,
    tried: Instant,
    meters: Meters,
    /// Last, so that it is released after the connection has closed.
    _lock: FolderLock,
}

/// The file while it can be written.
struct OpenFile {
    /// Before the connection, so that the mover has ended when that closes.
    checkpoints: Checkpoints,
    connection: Connection,
}

impl OpenFile {
    /// Moves the whole log into the file and takes it away. After an error the log stays for whoever opens the file next.
    fn close(mut self) -> rusqlite::Result<()> {
        self.checkpoints.finish()?;
        drop(self.checkpoints);
        close_writer(self.connection)
    }
}

struct Meters {
    group_records: Histogram,
    group_seconds: Histogram,
    head: Gauge,
}

impl Writer {
    /// A writer for what was opened, and the receiver of its announcements.
    pub(super) fn new(
        opened: Opened,
        (recent, queue, failure, readers): (Arc<Recent>, Arc<Queue>, Failure, Readers),
        options: Options,
    ) -> rusqlite::Result<(Self, watch::Receiver<Position>)> {
        let (announced, head) = watch::channel(opened.head);
        let meters = Meters {
            group_records: metrics::histogram!("hookledger_ledger_group_records"),
            group_seconds: metrics::histogram!("hookledger_ledger_group_seconds"),
            head: metrics::gauge!("hookledger_ledger_head"),
        };
        let mut writer = Self {
            file: None,
            path: opened.path,
            head: opened.head,
            announced,
            recent,
            queue,
            readers,
            options,
            failure,
            tried: Instant::now(),
            meters,
            _lock: opened.lock,
        };
        writer.use_connection(opened.connection)?;
        Ok((writer, head))
    }

    /// Works until the queue has closed and is empty; then leaves a file without a write-ahead log.
    pub(super) fn run(mut self) {
        let mut jobs = Vec::new();
        loop {
            match self.queue.take(&mut jobs, self.options.group_records, self.patience()) {
                Taken::Jobs => {
                    self.write(&mut jobs);
                    self.look_after_the_log(false);
                }
                Taken::Nothing if self.file.is_none() => self.recover(),
                Taken::Nothing => self.look_after_the_log(true),
                Taken::Closed => break,
            }
        }
        if let Some(file) = self.file.take()
            && let Err(error) = file.close()
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the ledger was closed with its log unmoved"
            );
        }
    }

    fn patience(&self) -> Duration {
        /// So that a file that stays broken is not tried without a pause.
        const RECOVERY_MIN: Duration = Duration::from_millis(100);
        match &self.file {
            Some(file) => file.checkpoints.patience(),
            None => self.options.recovery.max(RECOVERY_MIN),
        }
    }

    fn write(&mut self, jobs: &mut Vec<Job>) {
        if self.file.is_none() && self.tried.elapsed() >= self.options.recovery {
            self.recover();
        }
        self.hear();
        let Some(file) = &self.file else {
            let error = LedgerError::Unavailable(self.why());
            return refuse(jobs, &error);
        };
        let started = Instant::now();
        match group::write(&file.connection, jobs, self.head) {
            Ok(written) => {
                self.meters.group_seconds.record(started.elapsed());
                self.publish(jobs, written);
            }
            Err(error) => self.fail(jobs, error),
        }
    }

    /// Makes the group readable, then known, then answers.
    fn publish(&mut self, jobs: &mut Vec<Job>, written: Written) {
        let (mut records, mut answers, mut bytes) = (Vec::new(), Vec::with_capacity(jobs.len()), 0);
        for (job, verdicts) in jobs.drain(..).zip(written.verdicts) {
            for (batch, verdict) in job.batches.into_iter().zip(&verdicts) {
                bytes += batch.weight();
                self.collect(batch, verdict, &mut records);
            }
            answers.push((job.reply, verdicts, job.room));
        }
        self.meters.group_records.record(u32::try_from(records.len()).unwrap_or(u32::MAX));
        if written.head > self.head {
            if let Some(file) = &mut self.file {
                file.checkpoints.wrote(bytes);
            }
            self.recent.extend(records.into_iter());
            self.announce(written.head);
        }
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
            let record =
                |(new, position)| Arc::new(Record::recorded(new, Position(position), upcasters.clone()));
            records.extend(placed.map(record));
        }
    }

    fn announce(&mut self, head: Position) {
        self.head = head;
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        self.meters.head.set(head.0 as f64);
        self.announced.send_replace(head);
    }

    /// Answers a group that was not written; gives the file up unless what failed leaves it sound.
    fn fail(&mut self, jobs: &mut Vec<Job>, error: GroupError) {
        let sound = match &error {
            GroupError::Before(cause) => leaves_the_file_sound(cause),
            _ => false,
        };
        let still_open = self.file.as_ref().is_some_and(|file| !file.connection.is_autocommit());
        let in_doubt = matches!(error, GroupError::Commit(_));
        tracing::error!(error = &error as &dyn std::error::Error, "the ledger could not be written");
        let cause: SharedError = Arc::new(error);
        let error = if in_doubt {
            LedgerError::InDoubt(cause.clone())
        } else {
            LedgerError::Unavailable(cause.clone())
        };
        if sound && !still_open {
            return refuse(jobs, &error);
        }
        // Everybody is told before anything is waited for.
        self.set_failure(Some(cause.clone()));
        refuse(jobs, &error);
        self.give_up(cause);
    }

    fn give_up(&mut self, cause: SharedError) {
        self.set_failure(Some(cause));
        self.file = None;
        self.tried = Instant::now();
    }

    /// Opens the file again, and goes on if it is as it must be.
    fn recover(&mut self) {
        self.tried = Instant::now();
        match self.reopen() {
            Ok(()) => {
                tracing::info!(head = self.head.0, "the ledger can be written again");
                self.set_failure(None);
            }
            Err(cause) => self.set_failure(Some(cause)),
        }
    }

    fn reopen(&mut self) -> Result<(), SharedError> {
        let (connection, head) = self.readers.without(|| reopen_writer(&self.path)).map_err(shared)?;
        if head < self.head {
            return Err(shared(GroupError::Lost { acknowledged: self.head, found: head }));
        }
        // A commit that was in doubt may be there after all: its records become known like any other.
        while self.head < head {
            let upcasters = &self.options.upcasters;
            let page = readers::page(&connection, self.head, head, Filter::All, usize::MAX, upcasters)
                .map_err(shared)?;
            self.recent.extend(page.records.into_iter());
            self.announce(page.upto);
        }
        self.use_connection(connection).map_err(shared)
    }

    fn use_connection(&mut self, connection: Connection) -> rusqlite::Result<()> {
        if let Some(bytes) = self.options.file_bytes_max {
            let pages = i64::try_from(bytes / PAGE_BYTES as u64).unwrap_or(i64::MAX);
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        }
        if let Some(fail) = self.options.fail_commits.clone() {
            connection.commit_hook(Some(move || fail.load(Ordering::Relaxed)))?;
        }
        self.file = Some(OpenFile { checkpoints: Checkpoints::start(&self.path)?, connection });
        Ok(())
    }

    /// Learns whether the log could be moved, before more is acknowledged.
    fn hear(&mut self) {
        let heard = self.file.as_mut().map(|file| file.checkpoints.hear());
        self.moved_or_not(heard);
    }

    fn look_after_the_log(&mut self, idle: bool) {
        let moved = self.file.as_mut().map(|file| file.checkpoints.look_after(&file.connection, idle));
        self.moved_or_not(moved);
    }

    fn moved_or_not(&mut self, moved: Option<rusqlite::Result<()>>) {
        if let Some(Err(error)) = moved {
            tracing::error!(error = &error as &dyn std::error::Error, "the ledger's log could not be moved");
            if !leaves_the_file_sound(&error) {
                self.give_up(Arc::new(error));
            }
        }
    }

    fn why(&self) -> SharedError {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone().unwrap_or_else(|| shared(GroupError::Died))
    }

    fn set_failure(&self, failure: Option<SharedError>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

impl Drop for Writer {
    /// However the thread ends, nobody waits for it.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.set_failure(Some(shared(GroupError::Died)));
        }
        for job in self.queue.abandon() {
            job.refuse(LedgerError::ShuttingDown);
        }
    }
}

fn shared(cause: impl std::error::Error + Send + Sync + 'static) -> SharedError {
    Arc::new(cause)
}

fn refuse(jobs: &mut Vec<Job>, error: &LedgerError) {
    for job in jobs.drain(..) {
        job.refuse(error.clone());
    }
}

/// Whether a failure before the commit says nothing about what is on the disk: no room, or somebody else's turn.
fn leaves_the_file_sound(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::ConstraintViolation
        )
    )
}
