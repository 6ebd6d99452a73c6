//! A service for a test, and how to ask it.

mod chance;
mod history;
mod server;
mod socket;

pub(crate) use history::{answered, failed};
pub(crate) use server::{Answer, Server, app, app_with};
pub(crate) use socket::Socket;
