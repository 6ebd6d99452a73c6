//! The one thread that writes.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::connection::Session;
use super::error::{Fault, WriteError};
use super::postgres::Database;

/// Jobs that may wait for the writer; whoever hands in more waits.
const QUEUED_MAX: usize = 4;

/// What the thread is asked for.
enum Job {
    /// Work, on a session or on why there is none.
    Work(Work),
    /// To let its session to a database go. The next work makes another.
    LetGo,
}

type Work = Box<dyn FnOnce(Result<&mut Session, WriteError>) + Send>;

/// What is kept while the views are open.
#[derive(Debug)]
pub(crate) enum Kept {
    /// The lock of a file.
    Lock(File),
    /// The way back to a database, when a session was cut off. Its lock is the session's own.
    Way(Box<Database>),
}

/// Hands work to the thread that owns the writing connection.
#[derive(Debug)]
pub(crate) struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread, which works on `session`, or on one that it makes when it has to.
    pub(crate) fn start(session: Option<Session>, kept: Kept) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUED_MAX);
        let thread = std::thread::Builder::new()
            .name("views-writer".to_owned())
            .spawn(move || work(session, queue, &kept))?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)) })
    }

    /// Runs `job` on the writer's thread after those before it. A panic in it is an error, and rolls its transaction back.
    ///
    /// Dropping the future does not stop a job that was handed over.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Session) -> Result<T, WriteError> + Send + 'static,
    ) -> Result<T, WriteError> {
        let jobs = lock(&self.jobs).clone().ok_or(WriteError::Closed)?;
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |session| {
            let result = session.and_then(|session| {
                let result = catch_unwind(AssertUnwindSafe(|| job(session)));
                result.unwrap_or_else(|panic| Err(WriteError::panicked(&*panic)))
            });
            // Nobody may be waiting any more, which changes nothing.
            let _ = answer.send(result);
        });
        jobs.send(Job::Work(work)).await.map_err(|_| WriteError::Closed)?;
        drop(jobs);
        answered.await.map_err(|_| WriteError::Closed)?
    }

    /// Lets the work that was handed over end, and then the session to a database go.
    pub(crate) async fn let_go(&self) {
        let jobs = lock(&self.jobs).clone();
        if let Some(jobs) = jobs {
            // A thread that has ended has no session.
            let _ = jobs.send(Job::LetGo).await;
        }
    }

    /// Lets the work that was handed over end, closes the connection and the lock; later work is refused.
    pub(crate) async fn close(&self) {
        drop(lock(&self.jobs).take());
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread {
            // The thread cannot have panicked: its jobs are caught.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

fn work(mut session: Option<Session>, mut queue: mpsc::Receiver<Job>, kept: &Kept) {
    while let Some(job) = queue.blocking_recv() {
        let Job::Work(job) = job else {
            if let Kept::Way(_) = kept
                && let Some(session) = session.take()
            {
                session.close();
            }
            continue;
        };
        if session.as_ref().is_none_or(Session::is_broken) {
            // The old one first, so that its lock is free.
            drop(session.take());
            match again(kept) {
                Ok(new) => session = Some(new),
                Err(error) => {
                    job(Err(error));
                    continue;
                }
            }
        }
        job(session.as_mut().ok_or(WriteError::Closed));
    }
    if let Some(session) = session {
        session.close();
    }
    if let Kept::Lock(lock) = kept {
        // Closing the file would do; saying so keeps the lock alive until here.
        let _ = lock.unlock();
    }
}

/// Another session in the place of one that was cut off.
fn again(kept: &Kept) -> Result<Session, WriteError> {
    match kept {
        // The connection to a file does not break.
        Kept::Lock(_) => Err(WriteError::Closed),
        Kept::Way(database) => {
            let taken = || WriteError::Unavailable("another process writes the views".into());
            let session =
                database.writer().map_err(Fault::into).and_then(|session| session.ok_or_else(taken))?;
            tracing::info!("the views are connected to their database again");
            Ok(session)
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
