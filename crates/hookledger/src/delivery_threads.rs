//! Threads of their own for deliveries.
//!
//! A runtime runs its tasks in the order in which they became ready. Between its record and its receipt a delivery becomes
//! ready a handful of times; behind a few hundred callers who publish, each time is some milliseconds. Then deliveries
//! fall behind, and those that are behind cost twice: rows that say that they wait, and reading them and their events
//! again. On threads of their own they wait for nobody but the operating system, which shares the processor fairly.

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// A runtime that nothing but the delivery engine uses, with as many threads as there are processors. Dropping it ends it
/// without waiting.
pub(crate) struct DeliveryThreads(Option<Runtime>);

impl DeliveryThreads {
    pub(crate) fn start() -> Result<Self> {
        let runtime = Builder::new_multi_thread().thread_name("delivery").enable_all().build();
        Ok(Self(Some(runtime.context("failed to start the threads of deliveries")?)))
    }

    /// Runs `engine` there.
    pub(crate) fn run(&self, engine: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        self.0.as_ref().expect("it has not been dropped").spawn(engine)
    }
}

impl Drop for DeliveryThreads {
    /// Nodes are dropped on threads of the other runtime, where waiting is not allowed.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
