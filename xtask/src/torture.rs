//! `cargo xtask torture`: builds a server that can die at named places, and hands over to the torture test, a program
//! of `tests/`.

use std::fs;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::process::{self, cargo, command};
use crate::{assets, paths, say};

/// What to hurt, and how often.
#[derive(Args)]
pub(crate) struct Options {
    /// How many runs of each fault [default: 5]
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// Only this fault; may be given several times
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,
    /// Only the faults of PostgreSQL and of nodes that share one
    #[arg(long)]
    postgres: bool,
    /// Name the faults, and do nothing
    #[arg(long)]
    list: bool,
    /// Some of the faults, one run each, as `cargo xtask test` does
    #[arg(long)]
    short: bool,
    /// Repeat the chances of an earlier run
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

impl Options {
    /// The form that belongs to every change.
    pub(crate) const SHORT: Self =
        Self { runs: None, fault: Vec::new(), postgres: false, list: false, short: true, seed: None };
}

/// The server that can die at named places, beside the one that cannot.
const ARMED: &str = "hookledger-armed";

/// Builds the programs, then hurts; says whether nothing was violated.
pub(crate) fn run(options: &Options) -> Result<bool> {
    run_reading(options, |_| {})
}

/// The same, and hands each line of the output to `each`.
pub(crate) fn run_reading(options: &Options, each: impl FnMut(&str)) -> Result<bool> {
    assets::install_postgres()?;
    build()?;
    let mut torture = command(paths::target().join("debug").join("torture"));
    if let Some(runs) = options.runs {
        torture.arg("--runs").arg(runs.to_string());
    }
    for fault in &options.fault {
        torture.arg("--fault").arg(fault);
    }
    let flags = [("--postgres", options.postgres), ("--list", options.list), ("--short", options.short)];
    for (flag, given) in flags {
        if given {
            torture.arg(flag);
        }
    }
    if let Some(seed) = options.seed {
        torture.arg("--seed").arg(seed.to_string());
    }
    process::succeeds_reading(&mut torture, each)
}

/// First the armed server, which is put aside under its own name; then the ordinary one, so that nobody who looks for
/// it finds the other.
fn build() -> Result<()> {
    say::heading("Building the server, once so that it can die at named places");
    process::run(cargo_build().args(["--features", "hookledger/failpoints"]))?;
    let folder = paths::target().join("debug");
    let (built, armed) = (folder.join("hookledger"), folder.join(ARMED));
    // A name of its own, not a second name of the same file, which the next build would write over.
    fs::copy(&built, &armed).with_context(|| format!("failed to put {} aside", built.display()))?;
    process::run(cargo_build().args(["--bin", "torture"]))
}

/// The whole workspace is named, and a test among its targets, so that third parties' crates are built with the same
/// features as by `cargo xtask test`, and not a second time.
fn cargo_build() -> std::process::Command {
    let mut build = cargo("build");
    build.args(["--locked", "--workspace", "--bin", "hookledger", "--test", "places"]);
    build
}
