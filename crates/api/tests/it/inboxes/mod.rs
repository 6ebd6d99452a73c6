//! Throw-away receivers in the server itself.

mod manage;
mod receive;
