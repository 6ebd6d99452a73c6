//! Follows the ledger and folds it into the views.
//!
//! A *feed* reads pages of records ahead. A *pass* is a set of copies of views that stand at the same checkpoint; its
//! router knows the subscriptions as of then. *Apply* routes a page once and hands it to the fold of every copy, all
//! in one transaction with their checkpoints. A copy that lags behind has a pass of its own until it has caught up and
//! *joins* the others; one that was being built is then *swapped* in.
//!
//! Promise: a record is folded into a view exactly once, or parked where it can be seen. One that cannot be folded
//! stops neither the rest of its page nor the other views.

mod apply;
mod crew;
mod feed;
mod page;
mod pass;
mod projection;
mod rebuild;
mod run;
#[cfg(test)]
mod tests;

pub use rebuild::{RebuildError, RebuildProgress, rebuild};
pub use run::{Runner, RunnerError, RunnerOptions};

#[cfg(test)]
pub(crate) use crew::Crew;
pub(crate) use page::{Routed, RoutedPage};
pub(crate) use projection::{Parking, Projection, ViewDefinition};
