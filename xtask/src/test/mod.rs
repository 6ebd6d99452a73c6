//! `cargo xtask test`: every check that must pass before a change lands.
//!
//! A *plan* is a list of steps, cheap ones first. It stops at the first that fails, and always ends in two
//! lines: what happened, in words, and `N passed, N failed`, for programs that read the output.

mod steps;
mod tally;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;

use crate::say;
use steps::Step;
use tally::Tally;

/// How much to check.
#[derive(Args)]
pub(crate) struct Options {
    /// Only the unit and contract tests: seconds, once everything is built.
    #[arg(long)]
    fast: bool,
}

/// Runs the plan and says how it went; the exit code says the same.
pub(crate) fn run(options: &Options) -> ExitCode {
    let plan = if options.fast { steps::FAST } else { steps::ALL };
    let started = Instant::now();
    let mut total = Tally::default();
    for (index, step) in plan.iter().enumerate() {
        say::heading(&format!("{} of {}: {}", index + 1, plan.len(), step.title));
        let step_started = Instant::now();
        let outcome = (step.run)();
        total = total + outcome.as_ref().copied().unwrap_or(Tally::FAILED_STEP);
        if let Some(reason) = reason_to_stop(&outcome) {
            return stop(step, &reason, started.elapsed(), total);
        }
        say::line(&format!("   done in {}", say::duration(step_started.elapsed())));
    }
    let scope = if options.fast { "fast checks" } else { "all checks" };
    say::success(&format!(
        "\nhookledger: {scope} passed in {} ({} tests)",
        say::duration(started.elapsed()),
        total.passed
    ));
    say::line(&total.to_string());
    ExitCode::SUCCESS
}

fn reason_to_stop(outcome: &Result<Tally>) -> Option<String> {
    match outcome {
        Ok(Tally { failed: 0, .. }) => None,
        Ok(Tally { failed: 1, .. }) => Some("a test failed".to_owned()),
        Ok(Tally { failed, .. }) => Some(format!("{failed} tests failed")),
        Err(error) => Some(format!("{error:#}")),
    }
}

fn stop(step: &Step, reason: &str, elapsed: Duration, total: Tally) -> ExitCode {
    let elapsed = say::duration(elapsed);
    say::failure(&format!("\nhookledger: stopped at \"{}\" after {elapsed}: {reason}", step.title));
    say::line(&total.to_string());
    ExitCode::FAILURE
}
