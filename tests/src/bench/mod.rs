//! What the programs of the benchmark share: the message that is measured, and how latencies are counted.

mod connection;
mod cpu;
mod histogram;
mod listening;
mod message;
mod report;

pub use connection::{Connection, post};
pub use cpu::{cpu_of, own_cpu};
pub use histogram::{Histogram, Latencies};
pub use listening::{announce, local_listener};
pub use message::{EVENT_TYPE, Envelope, PublishedEvent, event_json, sent_at};
pub use report::{ClientReport, LoadReport, ReceiverReport, per_second};
