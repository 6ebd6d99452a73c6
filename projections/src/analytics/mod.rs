//! The `analytics` view: how much happened, minute by minute, hour by hour, day by day.
//!
//! *Fresh* rows hold the newest minute, one for each tenant, subscription and event type. When a newer minute begins
//! they are *closed*: added up into *series*, for the tenant as a whole, for each type, for each subscription, and, by
//! hour and day, for each type of each subscription. So a page of records writes one row for each pair that it
//! touches, and the rest of the work is done once a minute.
//!
//! What is counted counts when it was recorded. Latencies are kept as [`Sketch`]es, which add up.
//!
//! Promise: bounded. Of each resolution the newest buckets are kept, as many as [`Resolution::kept`] says; a clock that
//! was set wrong for a while costs the buckets that it made up, and no others.

mod columns;
mod counts;
mod fold;
mod open;
mod query;
mod rollup;
mod series;
mod sketch;
#[cfg(test)]
mod tests;
mod view;

pub use counts::{AnswerClass, Counts};
pub use query::{Analytics, Bucket, Series};
pub use series::Resolution;
pub use sketch::Sketch;

pub(crate) use view::AnalyticsView;
