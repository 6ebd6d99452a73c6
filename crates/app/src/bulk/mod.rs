//! Doing something to many deliveries: asked for once, and carried out by the server, page by page.
//!
//! What was asked for and how far it got is recorded, so a restart goes on where it was: at most one page is looked at
//! twice, which changes nothing the second time. One task carries out all actions, a page of each in turn, so that a
//! large one does not hold up a small one.

mod refusal;
mod run;
mod running;
mod selection;
mod start;

pub use refusal::Refusal;
pub use selection::filter;
pub use start::{DELIVERIES_MAX, NewBulkAction, StartedAction};

pub(crate) use running::Running;
