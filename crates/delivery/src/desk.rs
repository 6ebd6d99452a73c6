//! Where a running engine is told which lanes are its own.

use domain::Position;
use tokio::sync::mpsc;

use crate::core::{LANES, Lane, LaneSet};
use crate::mark::Epoch;

/// What the engine is told.
#[derive(Debug)]
pub(crate) enum Assignment {
    /// These lanes are its own, under these epochs; what stands up to the position is its predecessors'.
    Gain(Vec<(Lane, Epoch)>, Position),
    /// These lanes are not, or will soon be somebody else's.
    GiveUp(LaneSet),
}

/// Orders that wait for the engine.
const ORDERS_MAX: usize = LANES as usize;

/// Gives lanes to an engine and takes them away.
#[derive(Debug)]
pub struct Lanes {
    orders: mpsc::Sender<Assignment>,
    settled: mpsc::Receiver<Lane>,
}

/// The engine's side of [`Lanes`].
#[derive(Debug)]
pub(crate) struct Orders {
    pub(crate) given: mpsc::Receiver<Assignment>,
    pub(crate) settled: mpsc::Sender<Lane>,
}

impl Lanes {
    /// Both sides.
    pub(crate) fn new() -> (Self, Orders) {
        let (orders, given) = mpsc::channel(ORDERS_MAX);
        // A lane is not gained again before it is told here that it has settled.
        let (settled, told) = mpsc::channel(LANES as usize);
        (Self { orders, settled: told }, Orders { given, settled })
    }

    /// Has the engine deliver what belongs to these lanes, whose leases it has under these epochs. Everything that others
    /// recorded while they held them stands at or before `head`. A lane that was given up must have settled.
    pub async fn gain(&self, lanes: Vec<(Lane, Epoch)>, head: Position) {
        // An engine that has ended delivers nothing.
        let _ = self.orders.send(Assignment::Gain(lanes, head)).await;
    }

    /// Has the engine start nothing more for these lanes. Each is told by [`Lanes::settled`] once nothing of it is under way.
    pub async fn give_up(&self, lanes: LaneSet) {
        let _ = self.orders.send(Assignment::GiveUp(lanes)).await;
    }

    /// The next lane that was given up of which nothing is under way any more; never comes back once the engine has ended.
    pub async fn settled(&mut self) -> Lane {
        match self.settled.recv().await {
            Some(lane) => lane,
            None => std::future::pending().await,
        }
    }
}
