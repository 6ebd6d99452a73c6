//! Dead letters by cause, and what is done to many deliveries.

mod actions;
mod groups;
