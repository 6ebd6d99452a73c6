//! Folds the ledger into views: the runner, and a folder per view.
//!
//! A *view* is what can be queried: tables that a *fold* fills from the ledger's records, in order. [`Views`] opens
//! them and answers queries; a [`Runner`] keeps them up to date; [`rebuild`] makes one again.
//!
//! | view | what it tells |
//! |---|---|
//! | [`status`] | tenants, API keys, event types, subscriptions, events and deliveries, for people |
//! | [`queue`] | the deliveries that wait, for the delivery engine |
//! | [`analytics`] | how much happened, by minute, hour and day |
//! | [`tools`] | bulk actions, and tests |
//!
//! Promise: a view that is rebuilt equals the live one, row for row, however the records were cut into pages. Nothing
//! lives only in a view. Readers see rows and checkpoint of one moment.
//!
//! Elsewhere: what can be recorded is in `domain`, where it is recorded in `ledger`, who may ask what in `app`.

mod page;
mod runner;
mod store;
#[cfg(test)]
mod testing;
mod views;

pub mod analytics;
pub mod queue;
pub mod status;
pub mod tools;

pub use page::{LIMIT_MAX, Listed, Page, Take};
pub use runner::{RebuildError, RebuildProgress, Runner, RunnerError, RunnerOptions, rebuild};
pub use store::{
    BoxError, Damage, DatabaseOptions, FORMAT, FileOptions, OpenError, Parked, ReadError, WriteError,
};
pub use views::{Building, Lagging, ViewProgress, Views};
