//! What the schema shows: values of the domain and rows of the views, in words for the schema.

pub(crate) mod actor;
pub(crate) mod analytics;
pub(crate) mod api_key;
pub(crate) mod attempt;
pub(crate) mod bulk_action;
pub(crate) mod dead_letters;
pub(crate) mod delivery;
pub(crate) mod event;
pub(crate) mod event_at_version;
pub(crate) mod event_type;
pub(crate) mod event_type_version;
pub(crate) mod explanation;
pub(crate) mod inbox;
pub(crate) mod node;
pub(crate) mod overview;
pub(crate) mod policy;
pub(crate) mod record;
pub(crate) mod refusal;
pub(crate) mod scalars;
pub(crate) mod service;
pub(crate) mod subscription;
pub(crate) mod tenant;
pub(crate) mod test_send;
pub(crate) mod viewer;
