//! The one thread that writes.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::error::WriteError;

/// Jobs that may wait for the writer; whoever hands in more waits.
const QUEUED_MAX: usize = 4;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Hands work to the thread that owns the writing connection.
#[derive(Debug)]
pub(crate) struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread. It keeps `lock` until the connection is closed.
    pub(crate) fn start(connection: Connection, lock: File) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUED_MAX);
        let thread = std::thread::Builder::new()
            .name("views-writer".to_owned())
            .spawn(move || work(connection, queue, &lock))?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)) })
    }

    /// Runs `job` on the writer's thread after those before it. A panic in it is an error, and rolls its transaction back.
    ///
    /// Dropping the future does not stop a job that was handed over.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, WriteError> + Send + 'static,
    ) -> Result<T, WriteError> {
        let jobs = lock(&self.jobs).clone().ok_or(WriteError::Closed)?;
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = catch_unwind(AssertUnwindSafe(|| job(connection)));
            let result = result.unwrap_or_else(|panic| Err(WriteError::panicked(&*panic)));
            // Nobody may be waiting any more, which changes nothing.
            let _ = answer.send(result);
        });
        jobs.send(job).await.map_err(|_| WriteError::Closed)?;
        drop(jobs);
        answered.await.map_err(|_| WriteError::Closed)?
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

fn work(mut connection: Connection, mut queue: mpsc::Receiver<Job>, lock: &File) {
    while let Some(job) = queue.blocking_recv() {
        job(&mut connection);
    }
    if let Err((_, error)) = connection.close() {
        tracing::warn!(%error, "the views database did not close cleanly");
    }
    // Closing the file would do; saying so keeps the lock alive until here.
    let _ = lock.unlock();
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
