//! Turns published events into HTTP requests, and their outcomes into records.
//!
//! The *core* follows the ledger, names one delivery per subscription that wants an event, decides which attempt may
//! start, and what is recorded of its outcome. It is deterministic and does nothing itself. The *engine* is its shell:
//! it reads the ledger, makes the requests, appends the outcomes, and tells the core what happened.
//!
//! Engines that share a ledger divide the subscriptions into *lanes*, each of which is one engine's at a time. They come and
//! go while an engine runs.
//!
//! Promise: at least once. Receivers recognise repeats by `webhook-id`, which all attempts of a delivery share.
//! Nothing is retried before the outcome of the attempt before is in the ledger.
//!
//! Elsewhere: who wants what in `domain::routing`, signatures in `signature`, sockets in `egress`, what waits beyond
//! memory in the `queue` view, seen here as [`Backlog`].

mod attempt;
mod backlog;
mod body;
mod cloudevents;
mod content;
pub mod core;
mod desk;
mod engine;
mod feed;
mod journal;
mod leave;
mod ledger_io;
mod mark;
mod notice;
mod outbound;
mod recall;
mod recovery;
mod retry_after;
mod shell;
mod tester;

pub use backlog::{Backlog, BacklogError, Snapshot};
pub use body::{body_sha256, webhook_body};
pub use desk::Lanes;
pub use engine::{Config, Engine, EngineError, Health, Parts};
pub use journal::{FileJournal, Journal, Underway};
pub use leave::{Always, Leave};
pub use mark::Epoch;
pub use outbound::{Outbound, OutboundError};
pub use recall::{Lost, Past, Recalled};
pub use tester::{Draft, Tester, WriteError, Written};
