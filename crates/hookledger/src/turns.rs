//! What only one node does at a time, which is to fold the views: whether it is this one.
//!
//! With files there is no other node, and it is always this one. With a database a *keeper* takes the lease, renews it several
//! times in its term, and gives it back at the end. While the database cannot be reached the turn is not lost, for nobody
//! else can take it either.

use std::sync::Arc;
use std::time::Duration;

use ledger::postgres::Leases;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The lease of who folds the views; its session in the database asks for it by this name.
pub(crate) const VIEWS: &str = "views";
/// How often in its term a lease is renewed, and how often one that somebody else holds is asked for.
const RENEWALS: u32 = 5;
/// A turn, as seen by who waits for it or uses it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Turn {
    /// The epoch, while it is this node's turn.
    epoch: watch::Receiver<Option<i64>>,
    for_ever: bool,
}

impl Turn {
    /// That of a node that is alone.
    pub(crate) fn always() -> Self {
        Self { epoch: watch::channel(Some(0)).1, for_ever: true }
    }

    /// The turn that goes by the lease called `name`, and the task that keeps it until `stop`.
    pub(crate) fn by_lease(
        leases: Arc<Leases>,
        name: &'static str,
        stop: CancellationToken,
    ) -> (Self, JoinHandle<()>) {
        let (sender, epoch) = watch::channel(None);
        let keeper = Keeper { leases, name, sender, stop };
        (Self { epoch, for_ever: false }, tokio::spawn(keeper.keep()))
    }

    /// Whether there is no other node.
    pub(crate) const fn is_for_ever(&self) -> bool {
        self.for_ever
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

/// The turns of a node, and what keeps them. Deliveries are divided by lanes instead.
pub(crate) struct Turns {
    /// Who folds the views.
    pub(crate) views: Turn,
    keeper: Option<JoinHandle<()>>,
    stop: CancellationToken,
}

impl Turns {
    /// By lease, where there are leases.
    pub(crate) fn of(leases: Option<Arc<Leases>>) -> Self {
        let stop = CancellationToken::new();
        let Some(leases) = leases else {
            return Self { views: Turn::always(), keeper: None, stop };
        };
        let (views, keeper) = Turn::by_lease(leases, VIEWS, stop.clone());
        Self { views, keeper: Some(keeper), stop }
    }

    /// Lets others have them. What is done in them must have ended.
    pub(crate) async fn give_back(self) {
        self.stop.cancel();
        if let Some(keeper) = self.keeper {
            // It does not panic.
            let _ = keeper.await;
        }
    }
}

struct Keeper {
    leases: Arc<Leases>,
    name: &'static str,
    sender: watch::Sender<Option<i64>>,
    stop: CancellationToken,
}

impl Keeper {
    async fn keep(self) {
        loop {
            match self.leases.take(self.name).await {
                Ok(Some(epoch)) => {
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
                if let Err(error) = self.leases.let_go(self.name, epoch).await {
                    let error = &*error as &dyn std::error::Error;
                    tracing::debug!(turn = self.name, error, "the lease runs out by itself");
                }
                return true;
            }
            match self.leases.renew(self.name, epoch).await {
                Ok(true) => {}
                Ok(false) => {
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
        assert!(turn.is_for_ever());
        assert_eq!(turn.ours().await, 0);
    }
}
