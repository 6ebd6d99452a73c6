//! Deliveries.

mod cancel;
mod explain;
mod get;
mod list;
mod retry;
