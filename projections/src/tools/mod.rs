//! The `tools` view: what people had done besides deliveries, such as bulk actions and tests.

mod action;
mod query;
mod test_send;
#[cfg(test)]
mod tests;
mod view;

pub use action::{Action, ActionState};
pub use query::Tools;
pub use test_send::TestSend;

pub(crate) use view::ToolsView;
