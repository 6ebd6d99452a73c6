//! The steps of the plan, in order.
//!
//! All of them build the whole workspace, with the same features, profile and target folder, so that nothing is
//! built twice: one step builds, those after it only run. The last one builds the server again, so that it can die.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::tally::Tally;
use crate::process::{self, cargo, command};
use crate::{assets, codegen, console, paths, tools, torture};

/// One thing to check.
pub(super) struct Step {
    /// What it checks, for its heading.
    pub(super) title: &'static str,
    /// Checks it, and counts the tests that ran.
    pub(super) run: fn() -> Result<Tally>,
}

/// Everything.
pub(super) const ALL: &[Step] = &[
    Step { title: "formatting", run: formatting },
    Step { title: "dependencies (licences, bans, sources)", run: dependencies },
    Step { title: "web console (types, build, components)", run: console_tests },
    Step { title: "lints", run: lints },
    Step { title: "documentation", run: documentation },
    Step { title: "build", run: build },
    Step { title: "generated files", run: generated_files },
    Step { title: "test assets (npm, PostgreSQL, Python, hyperfine)", run: test_assets },
    Step { title: "unit and contract tests", run: unit_and_contract_tests },
    Step { title: "stock postgres-es on the ledger's table", run: stock_postgres_es },
    Step { title: "examples in the documentation", run: doc_tests },
    Step { title: "end-to-end and interoperability tests", run: end_to_end_tests },
    Step { title: "web console in Chromium", run: console_in_chromium },
    Step { title: "torture (short form)", run: torture_test },
];

/// What a change of code most often breaks.
pub(super) const FAST: &[Step] = &[
    Step { title: "PostgreSQL for the tests", run: postgres },
    Step { title: "unit and contract tests", run: unit_and_contract_tests },
];

/// The tests that start servers, or hundreds of receivers; everything else is quick.
const END_TO_END: &str =
    "(package(hookledger-tests) and kind(test)) or (package(hookledger-egress) and binary(memory))";

fn formatting() -> Result<Tally> {
    process::run(cargo("fmt").args(["--all", "--check"])).context("`cargo fmt --all` puts it right")?;
    let stock = paths::stock_postgres_es();
    let check = process::run(cargo("fmt").arg("--manifest-path").arg(&stock).arg("--check"));
    check.with_context(|| format!("`cargo fmt --manifest-path {}` puts it right", stock.display()))?;
    Ok(Tally::default())
}

fn dependencies() -> Result<Tally> {
    let deny = tools::DENY.ensure()?;
    for manifest in [paths::root().join("Cargo.toml"), paths::stock_postgres_es()] {
        let mut deny = command(&deny);
        deny.arg("--manifest-path").arg(manifest).arg("--all-features");
        process::run(deny.args(["check", "licenses", "bans", "sources"]))?;
    }
    Ok(Tally::default())
}

fn lints() -> Result<Tally> {
    process::run(cargo("clippy").args(["--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    let mut stock = cargo("clippy");
    stock.arg("--manifest-path").arg(paths::stock_postgres_es());
    process::run(stock.args(["--locked", "--all-targets", "--", "-D", "warnings"]))?;
    Ok(Tally::default())
}

fn documentation() -> Result<Tally> {
    process::run(
        cargo("doc").args(["--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    Ok(Tally::default())
}

fn build() -> Result<Tally> {
    process::run(cargo("build").args(["--locked", "--workspace", "--all-targets"]))?;
    Ok(Tally::default())
}

fn generated_files() -> Result<Tally> {
    codegen::run(codegen::Options::CHECK)?;
    Ok(Tally::default())
}

fn unit_and_contract_tests() -> Result<Tally> {
    nextest(&format!("not ({END_TO_END})"))
}

/// In a workspace of its own; its manifest says why.
fn stock_postgres_es() -> Result<Tally> {
    let mut command = cargo("test");
    command.env("HOOKLEDGER_TEST_POSTGRES", assets::postgres_versions());
    command.arg("--locked").arg("--manifest-path").arg(paths::stock_postgres_es());
    libtest(&mut command, "cargo test")
}

fn doc_tests() -> Result<Tally> {
    libtest(cargo("test").args(["--locked", "--workspace", "--doc"]), "cargo test --doc")
}

/// Runs a command that tells of each test as libtest does.
fn libtest(command: &mut Command, runner: &str) -> Result<Tally> {
    let mut tally = Tally::default();
    let succeeded = process::succeeds_reading(command, |line| {
        tally = tally + Tally::from_libtest_line(line).unwrap_or_default();
    })?;
    checked(succeeded, tally, runner)
}

/// Before anything of Rust is built, so that the server embeds the console.
fn console_tests() -> Result<Tally> {
    console::build()?;
    console::npm(&["run", "--silent", "typecheck"])?;
    let report = paths::target().join("console-junit.xml");
    let succeeded = process::succeeds(&mut console::vitest(&report))?;
    let tally = fs::read_to_string(&report).ok().and_then(|report| Tally::from_junit(&report));
    checked(succeeded, tally.unwrap_or_default(), "vitest")
}

/// The real server and a real browser; each thing that somebody does counts as a test.
fn console_in_chromium() -> Result<Tally> {
    let tally = libtest(&mut console::end_to_end(), "npm run e2e")?;
    checked(tally.passed > 0, tally, "npm run e2e")
}

fn test_assets() -> Result<Tally> {
    assets::install()?;
    Ok(Tally::default())
}

fn postgres() -> Result<Tally> {
    assets::install_postgres()?;
    Ok(Tally::default())
}

fn end_to_end_tests() -> Result<Tally> {
    nextest(END_TO_END)
}

/// Each fault counts as a test.
fn torture_test() -> Result<Tally> {
    let mut tally = Tally::default();
    let succeeded = torture::run_reading(&torture::Options::SHORT, |line| {
        tally = tally + Tally::from_libtest_line(line).unwrap_or_default();
    })?;
    checked(succeeded, tally, "cargo xtask torture --short")
}

/// Runs the tests that `filter` names.
fn nextest(filter: &str) -> Result<Tally> {
    // Where its configuration says, which is below the workspace wherever cargo builds into.
    let report = paths::root().join("target/nextest/default/junit.xml");
    if report.exists() {
        fs::remove_file(&report).context("failed to remove the report of the last run")?;
    }
    let mut command = command(tools::NEXTEST.ensure()?);
    command.env("CARGO_TARGET_DIR", paths::target());
    command.env("HOOKLEDGER_TEST_POSTGRES", assets::postgres_versions());
    command.args(["nextest", "run", "--locked", "--workspace", "--status-level", "slow", "-E", filter]);
    let succeeded = process::succeeds(&mut command)?;
    let tally = fs::read_to_string(&report).ok().and_then(|report| Tally::from_junit(&report));
    if succeeded && tally.is_none() {
        bail!("`cargo nextest run` left no report at {}", report.display());
    }
    checked(succeeded, tally.unwrap_or_default(), "cargo nextest run")
}

/// A runner that fails without a failed test to show for it could not build or start them.
fn checked(succeeded: bool, tally: Tally, runner: &str) -> Result<Tally> {
    if succeeded || tally.failed > 0 {
        Ok(tally)
    } else {
        bail!("`{runner}` failed before all tests had run")
    }
}
