//! A real PostgreSQL for tests: started on demand, shared by everybody in a run, gone with the run.
//!
//! A [`Server`] is a PostgreSQL of one [`Version`], on a unix socket in a temporary folder, under an unprivileged user.
//! The first test of a run that asks for it makes it; the others find it. Each test takes a [`Database`] of its own,
//! copied from a template that was filled once.
//!
//! Who ends it: a *guardian*, a small shell beside the server, watches the run (nextest's process, or the test program
//! that `cargo test` started) and takes server and folder away when the run is gone, however it ended. If somebody
//! kills the guardian, the kernel ends the server, and the next run clears the folder.
//!
//! Where no PostgreSQL is found the tests fail and say what to do; see [`Version::server`].

mod database;
mod guardian;
mod place;
mod programs;
mod server;

pub use database::Database;
pub use programs::{VARIABLE, Version};
pub use server::Server;
