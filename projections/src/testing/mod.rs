//! For the tests of this crate: plausible histories, and views in folders that go away.

mod history;
mod world;

pub(crate) use history::{History, event_id, subscription_id, tenant};
pub(crate) use world::{Backend, World, assert_same, over_each};
