//! The tasks of people who work on Hookledger: `cargo xtask up`, `test`, `simulate`, `torture`, `codegen`,
//! `bench`, `console`, `screenshots` and `assets`.
//!
//! A task is made of *steps*, each a child process with the terminal's own input and output, announced before
//! it runs and named when it fails. What a task needs and does not find, it installs below `target/` or
//! `tests/node_modules`; the machine itself is left alone.
//!
//! Promise: the crate depends on next to nothing, since everybody who clones the project waits for it first.
//!
//! Elsewhere: what the end-to-end tests and the benchmark do, in `tests/`.

mod assets;
mod bench;
mod codegen;
mod console;
mod paths;
mod process;
mod say;
mod simulate;
mod test;
mod tools;
mod torture;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks for developers of Hookledger.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds Hookledger and starts it in development mode; Ctrl-C stops it.
    Up(up::Options),
    /// Runs every check that must pass before a change lands, as continuous integration does.
    Test(test::Options),
    /// Writes the files that are made from code, such as the GraphQL schema.
    Codegen(codegen::Options),
    /// Kills the server in every place there is, breaks its disk and its clock, and tells what was lost.
    Torture(torture::Options),
    /// Measures throughput and latency on this machine, as ratios to simpler programs in the same run.
    Bench(bench::Options),
    /// Builds the web console into the place that the server embeds; or serves it while it is worked on.
    Console(console::Options),
    /// Takes pictures of every page of the console, filled with made-up data.
    Screenshots,
    /// Runs the delivery engine's core through made-up worlds full of faults, for long.
    Simulate(simulate::Options),
    /// Installs what the tests use beyond Rust, Node and Python; quick when it is there already.
    Assets,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Up(options) => up::run(&options),
        Task::Test(options) => Ok(test::run(&options)),
        Task::Codegen(options) => codegen::run(options).map(|()| ExitCode::SUCCESS),
        Task::Torture(options) => {
            torture::run(&options).map(|good| if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Task::Bench(options) => bench::run(&options).map(|()| ExitCode::SUCCESS),
        Task::Console(options) => console::run(&options).map(|()| ExitCode::SUCCESS),
        Task::Screenshots => console::screenshots().map(|()| ExitCode::SUCCESS),
        Task::Simulate(options) => simulate::run(&options).map(|()| ExitCode::SUCCESS),
        Task::Assets => assets::install().map(|()| ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|error| {
        say::failure(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}
