//! What the end-to-end tests and the benchmark are made of.
//!
//! A [`Server`] is the real binary in a process of its own, on a folder of its own. A [`Receiver`] stands for an
//! integrator: it listens on a real socket, answers as a test scripts it, keeps the exact bytes that arrived and
//! verifies them by itself. An [`api::Api`] speaks to a server as a producer or an integrator would, over the wire.
//! [`interop`] hands what a receiver got to other people's libraries.
//!
//! Promise: nothing here uses a crate of the server except `signature`, the receiver's side of which is what
//! integrators get, and `egress` in the yardsticks of the benchmark. So a mistake in the server cannot hide in
//! its tests. Nothing sleeps to synchronise: [`wait::until`] is the one place that polls, with a deadline.

pub mod api;
pub mod assets;
pub mod bench;
pub mod clock;
pub mod interop;
pub mod octokit;
pub mod programs;
pub mod torture;
pub mod wait;

mod hog;
mod http;
mod receiver;
mod server;

pub use hog::Hog;
pub use http::http_client;
pub use receiver::{Answer, Envelope, Received, Receiver};
pub use server::{Home, Launch, Output, Server};
