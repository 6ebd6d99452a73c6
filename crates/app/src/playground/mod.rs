//! Trying things out: what would be sent, without sending it; and sending it once, without it being a delivery.
//!
//! A *sample* is an event that nobody published. It goes to a subscription as it is, or to a draft of one. What is sent is
//! recorded as a test of its own: no delivery comes of it, it is counted nowhere, and it says nothing about the health of
//! the subscription.

mod courier;
mod pace;
mod preview;
mod refusal;
mod send;

pub use courier::{Courier, CourierError, Letter, LostSignature, Order, Recalled, Then};
pub use preview::{Preview, Sample, Target};
pub use refusal::Refusal;
pub use send::TestSent;

pub(crate) use pace::Pace;
