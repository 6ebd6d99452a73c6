//! Event types.

mod archive;
mod list;
mod register;
mod versions;
