//! Subscriptions: everything that is shown of them, and how they fare.

mod filter;
mod fold;
mod row;

pub use filter::SubscriptionFilter;
pub use row::{LastAttempt, Secret, Subscription, SubscriptionState};

#[cfg(test)]
pub(super) use filter::sql_of_page;
pub(super) use filter::{count, list, troubled};
pub(super) use fold::SubscriptionFold;
pub(super) use row::{SELECT, read};
