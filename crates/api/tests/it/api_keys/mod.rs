//! API keys.

mod create;
mod list;
mod revoke;
