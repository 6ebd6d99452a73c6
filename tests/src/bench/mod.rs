//! What the programs of the benchmark share: the message that is measured, and how latencies are counted.

mod connection;
mod histogram;
mod listening;
mod message;
mod report;

pub use connection::{Connection, post};
pub use histogram::{Histogram, Latencies};
pub use listening::{announce, local_listener};
pub use message::{EVENT_TYPE, Envelope, PublishedEvent, event_json, sent_at};
pub use report::{LoadReport, ReceiverReport, per_second};
