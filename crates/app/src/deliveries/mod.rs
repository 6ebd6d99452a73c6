//! What people do with deliveries: look at their attempts, try one or many again, cancel one.
//!
//! The engine appends to the same streams. Whoever comes second decides again on what the first one recorded, a
//! bounded number of times; both go by the same rules, so nothing is lost whoever wins.

mod index;
mod many;
mod one;
mod read;
mod recall;
mod refusal;

pub use index::{DeliveryIndex, IndexError, Located};
pub use many::{COUNT_MAX, Retried};
pub(crate) use many::{Dealt, PAGE};
pub use recall::{Made, Sent};
pub use refusal::Refusal;
