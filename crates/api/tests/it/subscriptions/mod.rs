//! Subscriptions.

mod create;
mod get;
mod list;
mod secrets;
mod state;
mod update;
mod validate;
