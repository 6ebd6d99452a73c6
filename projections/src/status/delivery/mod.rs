//! Deliveries: where each stands, without its attempts.

mod filter;
mod fold;
mod groups;
mod outcome;
mod places;
mod row;
mod state;

pub use filter::{DeliveryFilter, StatusClass};
pub use groups::{DeadLetterGroup, DeadLetterGroups};
pub use row::Delivery;
pub use state::DeliveryState;

#[cfg(test)]
pub(super) use filter::sql_of_page;
pub(super) use filter::{count, ids, list};
pub(super) use fold::DeliveryFold;
pub(super) use groups::groups;
#[cfg(test)]
pub(super) use places::{Scope, sql_of_places};
pub(super) use row::{SELECT, read};
