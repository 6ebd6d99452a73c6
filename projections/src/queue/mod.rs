//! What waits to be delivered, for the delivery engine.
//!
//! A row is a delivery that waits at the checkpoint. One that appears and ends within a page costs no row at all, so a
//! healthy endpoint costs next to nothing here, and a dead one disk instead of memory.
//!
//! *First attempts* wait in the order of their events; *retries*, those asked for by hand among them, by when they are
//! due.

mod fold;
mod query;
mod row;
#[cfg(test)]
mod tests;
mod view;

pub use query::{Queue, Snapshot, WaitingRows, WaitingSubscription};
pub use row::{RetryKey, Waiting};

pub(crate) use view::QueueView;
