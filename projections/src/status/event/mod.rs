//! Published events, without their data.

mod filter;
mod row;

pub use filter::EventFilter;
pub use row::{Event, EventCursor};

#[cfg(test)]
pub(super) use filter::sql_of_page;
pub(super) use filter::{accept, count, list};
pub(super) use row::{SELECT, insert_events, read};
