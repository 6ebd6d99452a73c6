//! The journal of requests under way: what is known of a request before it goes out, so that one whose outcome never came
//! to be recorded is not forgotten.
//!
//! A *slot* is taken by a request until its outcome is in the ledger. What stands in it then is left there, and written
//! over by the next: at a start, whatever the ledger knows the outcome of is passed over.
//!
//! Promise: after the death of the process, every request that may have left it stands in a slot or in the ledger. After a
//! loss of power, those of the last moments may be missing.

mod file;
mod slots;

use domain::delivery::{Attempt, Phases, Trigger};
use domain::{DeliveryId, Position, Sequence, SubscriptionId, Timestamp};

pub use file::FileJournal;
pub(crate) use slots::{Slot, Slots};

/// A request that goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Underway {
    /// Of which delivery.
    pub delivery: DeliveryId,
    /// To which subscription.
    pub subscription: SubscriptionId,
    /// Where the event stands in the ledger.
    pub event_position: Position,
    /// Which attempt it is, from 1.
    pub number: u32,
    /// Why it is made.
    pub trigger: Trigger,
    /// When it starts.
    pub started_at: Timestamp,
    /// The version of the subscription whose settings it uses.
    pub subscription_version: Sequence,
    /// Of its body.
    pub body_sha256: [u8; 32],
}

impl Underway {
    /// The attempt, as far as it is known when nobody knows what came of it.
    pub fn interrupted(&self) -> Attempt {
        Attempt {
            number: self.number,
            trigger: self.trigger,
            started_at: self.started_at,
            phases: Phases::default(),
            subscription_version: self.subscription_version,
            address: None,
            body_sha256: hex::encode(self.body_sha256),
            answer: Attempt::interrupted(),
        }
    }
}

/// Keeps what is under way in numbered slots. Written on the way of every request: an entry must cost microseconds, and
/// need not survive more than the process.
pub trait Journal: Send + Sync {
    /// Notes that `request` goes out now. What stood in `slot` is over. An error is told to operators by whoever asks; the
    /// request goes out all the same.
    fn begin(&self, slot: usize, request: &Underway) -> std::io::Result<()>;

    /// Everything that stands in a slot, in no order; what is damaged is passed over.
    fn left_behind(&self) -> std::io::Result<Vec<Underway>>;

    /// Empties all slots.
    fn clear(&self) -> std::io::Result<()>;
}
