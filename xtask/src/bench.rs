//! `cargo xtask bench`: builds everything with optimisation and hands over to the benchmark, a program of `tests/`.
//!
//! The benchmark is not part of this crate because it speaks HTTP, which would make everybody wait for an HTTP
//! client before their first `cargo xtask up`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::process::{self, cargo, command};
use crate::{paths, say};

/// How long to measure, and where to put the numbers.
#[derive(Args)]
pub(crate) struct Options {
    /// About 30 seconds instead of some minutes; the numbers are rougher.
    #[arg(long)]
    quick: bool,
    /// Measures servers on files and on PostgreSQL, with one node and with two, in one table.
    #[arg(long, conflicts_with = "only")]
    postgres: bool,
    /// Makes only this measurement and prints its numbers: delivering, latency, fan-out, matching, hanging, burst,
    /// backlog, validating or overload.
    #[arg(long, value_name = "PART")]
    only: Option<String>,
    /// Builds with this profile: "profiling" is as fast within some per cent, and built in a fraction of the time.
    #[arg(long, value_name = "NAME", default_value = "release")]
    profile: String,
    /// Writes the numbers to this file, too.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// The programs that run beside each other while measuring.
const PROGRAMS: &[&str] = &["hookledger", "bench", "bench-receiver", "null-relay", "bare-client", "load"];

/// Builds the programs, then measures.
pub(crate) fn run(options: &Options) -> Result<()> {
    let profile = &options.profile;
    say::heading(&format!("Building the server and the yardsticks ({profile} profile)"));
    let mut build = cargo("build");
    build.args([
        "--locked",
        "--profile",
        profile,
        "--package",
        "hookledger",
        "--package",
        "hookledger-tests",
    ]);
    for program in PROGRAMS {
        build.args(["--bin", program]);
    }
    process::run(&mut build)?;
    let mut bench = command(paths::target().join(profile).join("bench"));
    if options.quick {
        bench.arg("--quick");
    }
    if options.postgres {
        bench.arg("--postgres");
    }
    if let Some(part) = &options.only {
        bench.arg("--only").arg(part);
    }
    if let Some(file) = &options.json {
        bench.arg("--json").arg(file);
    }
    process::run(&mut bench)
}
