//! The torture test (`cargo xtask torture`): hurts a server in every way there is, and tells whether something was
//! lost. `docs/guarantees.md` says how to read what it prints.
//!
//! Promise: it ends by itself, leaves nothing behind, and fails if anything was violated.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Parser;
use tokio::task::LocalSet;

use hookledger_tests::clock;
use hookledger_tests::torture::fault::{self, Fault};
use hookledger_tests::torture::run::{Plan, run};
use hookledger_tests::torture::table::{self, Line};
use hookledger_tests::torture::{check::Findings, control};

/// How many violations of one fault are shown.
const SHOWN: usize = 12;

/// Hurts a server in every way there is.
#[derive(Parser)]
struct Options {
    /// How many runs of each fault.
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// Only this fault; may be given several times.
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,
    /// Only the faults of PostgreSQL and of nodes that share one.
    #[arg(long)]
    postgres: bool,
    /// Names the faults, and does nothing.
    #[arg(long)]
    list: bool,
    /// Some of the faults, one run each, as `cargo xtask test` does.
    #[arg(long)]
    short: bool,
    /// Repeats the chances of an earlier run; the moments at which things happen are the machine's.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let mut out = io::stdout();
    if options.list {
        for fault in fault::ALL {
            writeln!(out, "{}", fault.name)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let faults = chosen(&options)?;
    let (runs, plan) = if options.short {
        (options.runs.unwrap_or(1), Plan::SHORT)
    } else {
        (options.runs.unwrap_or(5), Plan::LONG)
    };
    let seed = options.seed.unwrap_or_else(clock::unix_micros);
    writeln!(out, "seed {seed}\n{}", table::heading().trim_end())?;
    let mut bad = Vec::new();
    for fault in &faults {
        let mut sum = Line { fault: fault.name.to_owned(), ..Line::default() };
        for round in 0..runs {
            play(*fault, plan, seed.wrapping_add(round as u64), &mut sum).await;
        }
        write!(out, "{}", table::line(&sum))?;
        out.flush()?;
        if !sum.is_good() {
            bad.push(sum);
        }
    }
    control::clean_up();
    for line in &bad {
        writeln!(out, "\n{}:", line.fault)?;
        for violation in line.findings.violations.iter().take(SHOWN) {
            writeln!(out, "  {violation}")?;
        }
        let more = line.findings.violations.len().saturating_sub(SHOWN);
        if more > 0 {
            writeln!(out, "  and {more} more")?;
        }
    }
    let (all, failed) = (faults.len(), bad.len());
    let outcome = if bad.is_empty() { "ok" } else { "FAILED" };
    // As the standard test runner says it, for whoever counts tests.
    writeln!(out, "\ntest result: {outcome}. {} passed; {failed} failed", all - failed)?;
    Ok(if bad.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(options: &Options) -> Result<Vec<Fault>> {
    for name in &options.fault {
        let known = fault::ALL.iter().any(|fault| fault.name == name);
        ensure!(known, "there is no fault {name}: --list names them");
    }
    let is_chosen = |fault: &&Fault| {
        if options.fault.is_empty() {
            (!options.short || fault.short) && (!options.postgres || fault.is_of_database())
        } else {
            options.fault.iter().any(|name| name == fault.name)
        }
    };
    Ok(fault::ALL.iter().filter(is_chosen).copied().collect())
}

/// One run, in a task of its own: a panic in it is a violation like any other.
async fn play(fault: Fault, plan: Plan, seed: u64, sum: &mut Line) {
    let broken = |why: String| Findings {
        violations: vec![format!("run with seed {seed}: {why}")],
        ..Findings::default()
    };
    // On this thread: a run holds what threads do not share.
    let local = LocalSet::new();
    let played = local.spawn_local(run(fault, plan, seed));
    match local.run_until(played).await {
        Ok(Ok(None)) => {}
        Ok(Ok(Some(verdict))) => sum.add(verdict.deaths, verdict.findings, verdict.recoveries),
        Ok(Err(error)) => sum.add(0, broken(format!("{error:#}")), Vec::new()),
        Err(error) => sum.add(0, broken(error.to_string()), Vec::new()),
    }
}
