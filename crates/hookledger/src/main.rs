//! The Hookledger server: delivers events over signed webhooks and keeps a record of everything it did.

mod backing;
mod backlog;
mod bulk;
mod cli;
mod commands;
mod config;
mod courier;
mod delivery_threads;
mod engine_room;
mod folding;
mod gauges;
mod hold;
mod http;
mod inbox;
mod inbox_transport;
mod lanes;
mod master_key;
mod node;
mod node_name;
mod private_file;
mod probes;
mod say;
mod signals;
mod store;
mod system;
mod telemetry;
mod turns;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            say::problem(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
