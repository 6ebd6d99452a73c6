//! `cargo xtask simulate`: builds the simulation of the delivery engine's core with optimisation, and runs it for long.
//!
//! `cargo xtask test` runs the same simulation for a million steps; this is for a hundred times as many, and for
//! repeating a seed that failed.

use anyhow::Result;
use clap::Args;

use crate::process::{self, cargo};
use crate::say;

/// How long to simulate, and what.
#[derive(Args)]
pub(crate) struct Options {
    /// How many steps, over all seeds; each seed is a world of a thousand.
    #[arg(long, default_value_t = 100_000_000)]
    steps: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Builds the simulation, then runs it.
pub(crate) fn run(options: &Options) -> Result<()> {
    say::heading("Simulating the delivery engine (release profile)");
    let mut simulate = cargo("run");
    simulate.args([
        "--locked",
        "--release",
        "--package",
        "hookledger-delivery",
        "--example",
        "simulate",
        "--",
    ]);
    simulate.args([options.steps.to_string(), options.seed.to_string()]);
    process::run(&mut simulate)
}
