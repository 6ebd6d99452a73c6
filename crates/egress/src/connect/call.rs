//! What a request and the opening of its connection tell each other.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::deadline::Deadlines;
use crate::failure::FailureKind;
use crate::timing::{Opening, micros};

tokio::task_local! {
    /// The request on whose behalf a connection is opened.
    pub(crate) static CALL: Arc<Call>;
}

/// One request, as the connector sees it.
#[derive(Debug)]
pub(crate) struct Call {
    dns: Duration,
    connect: Duration,
    until: Instant,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    stage: Stage,
    since: Instant,
    peer: Option<SocketAddr>,
    opening: Opening,
}

/// How far the opening of a connection has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nobody has asked for a connection, or somebody else's will do.
    Pool,
    /// Waiting for one of the limited number of connections.
    Slot,
    Dns,
    Tcp,
    Tls,
    /// Open; the request has not been handed over yet.
    Open,
}

impl Call {
    pub(crate) fn new(deadlines: &Deadlines, started: Instant) -> Arc<Self> {
        let progress =
            Progress { stage: Stage::Pool, since: started, peer: None, opening: Opening::default() };
        Arc::new(Self {
            dns: deadlines.dns(),
            connect: deadlines.connect(),
            until: started + deadlines.total(),
            progress: Mutex::new(progress),
        })
    }

    /// When everything must be over.
    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    /// Ends the stage before, notes its time, and returns when the new one must be over.
    pub(super) fn begin(&self, stage: Stage) -> Instant {
        let now = Instant::now();
        let mut progress = self.progress();
        let took = Some(micros(now - progress.since));
        match progress.stage {
            Stage::Dns => progress.opening.dns = took,
            Stage::Tcp => progress.opening.connect = took,
            Stage::Tls => progress.opening.tls = took,
            Stage::Pool | Stage::Slot | Stage::Open => {}
        }
        (progress.stage, progress.since) = (stage, now);
        let budget = if stage == Stage::Dns { self.dns } else { self.connect };
        self.until.min(now + budget)
    }

    /// Notes which address is being connected to.
    pub(super) fn trying(&self, peer: SocketAddr) {
        self.progress().peer = Some(peer);
    }

    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.progress().peer
    }

    pub(crate) fn opening(&self) -> Opening {
        self.progress().opening
    }

    /// What it means that the time is over now, before the request was handed to a connection.
    pub(crate) fn timeout_kind(&self) -> FailureKind {
        match self.progress().stage {
            Stage::Dns => FailureKind::DnsTimeout,
            Stage::Tcp => FailureKind::ConnectTimeout,
            Stage::Tls => FailureKind::TlsTimeout,
            Stage::Slot => FailureKind::LocalLimit,
            Stage::Pool | Stage::Open => FailureKind::TotalTimeout,
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
