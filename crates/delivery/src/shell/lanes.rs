//! What the engine is told of lanes, and tells of them.

use super::Shell;
use crate::core::LaneSet;
use crate::desk::{Assignment, Orders};

impl Shell {
    pub(super) fn obey(&mut self, order: Assignment) {
        match order {
            Assignment::Gain(lanes, head) => {
                for (lane, epoch) in &lanes {
                    self.marks.set(*lane, *epoch);
                }
                self.core.gain(lanes.into_iter().map(|(lane, _)| lane).collect(), head);
            }
            Assignment::GiveUp(lanes) => {
                self.core.give_up(lanes);
                self.settling = self.settling.with(lanes);
            }
        }
    }

    /// Tells of lanes that were given up once nothing of them is under way.
    pub(super) fn tell_settled(&mut self) {
        let Some(orders) = self.orders.as_ref().filter(|_| !self.settling.is_empty()) else { return };
        for lane in self.settling.iter() {
            if self.core.is_settled(lane) && orders.settled.try_send(lane).is_ok() {
                self.settling = self.settling.without(LaneSet::of(lane));
            }
        }
    }
}

/// The next order; there is none for an engine that is alone, or whose master is gone.
pub(super) async fn next(orders: Option<&mut Orders>) -> Assignment {
    let order = match orders {
        Some(orders) => orders.given.recv().await,
        None => None,
    };
    match order {
        Some(order) => order,
        None => std::future::pending().await,
    }
}
