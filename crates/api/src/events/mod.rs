//! `POST /v1/events`: the way in for producers.
//!
//! The body is one event as an object, or a list of events; or it is a `CloudEvent`, or a batch of them. It is read once,
//! into one buffer; `data` and `metadata` are
//! carried on byte for byte, numbers, key order and repeated keys included. The answer comes when the events are
//! durable, and lists them in the order of the call: `{"events": [{"id", "position", "duplicate"}]}`.

mod accept;
mod answer;
mod cloudevents;
mod flaws;
mod members;
mod mode;
mod read;

pub(crate) use accept::accept;
pub(crate) use read::DEFAULT_SOURCE;
