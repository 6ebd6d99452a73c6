//! What only one node does at a time: whether it is this one, and until when.
//!
//! With files there is no other node, and it is always this one. With a database a *keeper* takes the lease, renews it several
//! times in its term, and gives it back at the end. While the database cannot be reached the turn is not lost, for nobody
//! else can take it either; but once the term is over nobody may act on it until it is renewed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use delivery::Leave;
use ledger::postgres::Leases;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The lease of who folds the views; its session in the database asks for it by this name.
pub(crate) const VIEWS: &str = "views";
/// The lease of who delivers.
const DELIVERIES: &str = "deliveries";
/// How often in its term a lease is renewed, and how often one that somebody else holds is asked for.
const RENEWALS: u32 = 5;
/// How much of the term a holder uses, whatever its clock says: four fifths.
const TERM_USED: u32 = 4;
const TERM_PARTS: u32 = 5;

/// A turn, as seen by who waits for it or uses it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Turn {
    /// The epoch, while it is this node's turn.
    epoch: watch::Receiver<Option<i64>>,
    until: Arc<Until>,
}

/// Until when it may be used.
struct Until {
    started: Instant,
    /// Microseconds since then; 0 if not at all.
    micros: AtomicU64,
}

impl Until {
    fn set(&self, at: Instant) {
        let micros = u64::try_from(at.duration_since(self.started).as_micros()).unwrap_or(u64::MAX);
        self.micros.store(micros, Ordering::Release);
    }

    fn is_over(&self) -> bool {
        self.started.elapsed().as_micros() >= u128::from(self.micros.load(Ordering::Acquire))
    }
}

impl Turn {
    /// That of a node that is alone.
    pub(crate) fn always() -> Self {
        let until = Until { started: Instant::now(), micros: AtomicU64::new(u64::MAX) };
        Self { epoch: watch::channel(Some(0)).1, until: Arc::new(until) }
    }

    /// The turn that goes by the lease called `name`, and the task that keeps it until `stop`.
    pub(crate) fn by_lease(
        leases: Arc<Leases>,
        name: &'static str,
        stop: CancellationToken,
    ) -> (Self, JoinHandle<()>) {
        let (sender, epoch) = watch::channel(None);
        let until = Arc::new(Until { started: Instant::now(), micros: AtomicU64::new(0) });
        let keeper = Keeper { leases, name, sender, until: until.clone(), stop };
        (Self { epoch, until }, tokio::spawn(keeper.keep()))
    }

    /// Whether there is no other node.
    pub(crate) fn is_for_ever(&self) -> bool {
        self.until.micros.load(Ordering::Acquire) == u64::MAX
    }

    /// Whether it is this node's turn, as far as is known.
    pub(crate) fn is_ours(&self) -> bool {
        self.epoch.borrow().is_some()
    }

    /// Waits until it is this node's turn, and says under which epoch; never comes back if that cannot be any more.
    pub(crate) async fn ours(&self) -> i64 {
        let mut epoch = self.epoch.clone();
        loop {
            if let Some(epoch) = *epoch.borrow_and_update() {
                return epoch;
            }
            self.changed(&mut epoch).await;
        }
    }

    /// Waits until it is no longer this node's turn under `epoch`: another node has it.
    pub(crate) async fn over(&self, of: i64) {
        let mut epoch = self.epoch.clone();
        while *epoch.borrow_and_update() == Some(of) {
            self.changed(&mut epoch).await;
        }
    }

    async fn changed(&self, epoch: &mut watch::Receiver<Option<i64>>) {
        if epoch.changed().await.is_err() {
            // Nobody changes it any more.
            std::future::pending::<()>().await;
        }
    }
}

impl Leave for Turn {
    fn is_given(&self) -> bool {
        !self.until.is_over()
    }
}

/// The turns of a node, and what keeps them.
pub(crate) struct Turns {
    /// Who folds the views.
    pub(crate) views: Turn,
    /// Who delivers.
    pub(crate) deliveries: Turn,
    keepers: Vec<JoinHandle<()>>,
    stop: CancellationToken,
}

impl Turns {
    /// By lease, where there are leases.
    pub(crate) fn of(leases: Option<Arc<Leases>>) -> Self {
        let stop = CancellationToken::new();
        let Some(leases) = leases else {
            let always = Turn::always;
            return Self { views: always(), deliveries: always(), keepers: Vec::new(), stop };
        };
        let (views, one) = Turn::by_lease(leases.clone(), VIEWS, stop.clone());
        let (deliveries, other) = Turn::by_lease(leases, DELIVERIES, stop.clone());
        Self { views, deliveries, keepers: vec![one, other], stop }
    }

    /// Lets others have them. What is done in them must have ended.
    pub(crate) async fn give_back(self) {
        self.stop.cancel();
        for keeper in self.keepers {
            // It does not panic.
            let _ = keeper.await;
        }
    }
}

struct Keeper {
    leases: Arc<Leases>,
    name: &'static str,
    sender: watch::Sender<Option<i64>>,
    until: Arc<Until>,
    stop: CancellationToken,
}

impl Keeper {
    async fn keep(self) {
        loop {
            let asked = Instant::now();
            match self.leases.take(self.name).await {
                Ok(Some(epoch)) => {
                    self.use_from(asked);
                    tracing::info!(turn = self.name, epoch, "it is this node's turn");
                    self.sender.send_replace(Some(epoch));
                    self.show(1.0);
                    if self.hold(epoch).await {
                        return;
                    }
                    self.sender.send_replace(None);
                    self.show(0.0);
                }
                Ok(None) => self.show(0.0),
                Err(error) => {
                    tracing::debug!(turn = self.name, error = &*error as &dyn std::error::Error, "no lease");
                }
            }
            if self.rests().await {
                return;
            }
        }
    }

    /// Renews the lease until it is somebody else's, or until the end; then says so.
    async fn hold(&self, epoch: i64) -> bool {
        loop {
            if self.rests().await {
                self.until.micros.store(0, Ordering::Release);
                if let Err(error) = self.leases.let_go(self.name, epoch).await {
                    let error = &*error as &dyn std::error::Error;
                    tracing::debug!(turn = self.name, error, "the lease runs out by itself");
                }
                return true;
            }
            let asked = Instant::now();
            match self.leases.renew(self.name, epoch).await {
                Ok(true) => self.use_from(asked),
                Ok(false) => {
                    self.until.micros.store(0, Ordering::Release);
                    tracing::warn!(turn = self.name, epoch, "another node has taken over");
                    return false;
                }
                Err(error) => {
                    let error = &*error as &dyn std::error::Error;
                    tracing::warn!(
                        turn = self.name,
                        epoch,
                        error,
                        "the lease could not be renewed, trying again"
                    );
                }
            }
        }
    }

    /// The term begins before the database was asked, so it ends here before it does there.
    fn use_from(&self, asked: Instant) {
        self.until.set(asked + self.leases.term() / TERM_PARTS * TERM_USED);
    }

    /// Waits a while, unless the end comes first; then says so.
    async fn rests(&self) -> bool {
        let pause: Duration = self.leases.term() / RENEWALS;
        self.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none()
    }

    fn show(&self, held: f64) {
        metrics::gauge!("hookledger_turn_held", "turn" => self.name).set(held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_node_that_is_alone_always_has_its_turn() {
        let turn = Turn::always();
        assert!(turn.is_ours() && turn.is_given());
        assert_eq!(turn.ours().await, 0);
    }

    #[test]
    fn nothing_may_be_done_once_the_time_is_over() {
        let until = Until { started: Instant::now(), micros: AtomicU64::new(0) };
        assert!(until.is_over());
        until.set(Instant::now() + Duration::from_mins(1));
        assert!(!until.is_over());
        until.set(Instant::now());
        assert!(until.is_over());
    }
}
