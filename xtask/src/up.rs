//! `cargo xtask up`: from a fresh clone to a running server.
//!
//! The development profile is used, although the release profile delivers several times as much: it builds in
//! a fraction of the time (no link-time optimisation), what is slow without optimisation (SQLite, hashing) is
//! optimised in it too, and `cargo xtask test` shares what it builds.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::Args;

use crate::process::{self, cargo, command};
use crate::{console, paths, say};

/// What to start, and with which settings.
#[derive(Args)]
pub(crate) struct Options {
    /// Where Hookledger keeps its files; made on first start.
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    data: PathBuf,
    /// Further arguments for `hookledger dev`; `-- --help` lists them.
    #[arg(last = true, value_name = "ARGUMENTS")]
    rest: Vec<String>,
}

/// Builds what is needed, then becomes the server.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    build_console();
    build_server()?;
    say::line("Starting Hookledger in development mode; Ctrl-C stops it.");
    let mut server = command(paths::target().join("debug").join("hookledger"));
    server.arg("dev").arg("--data").arg(&options.data).args(&options.rest);
    become_process(server)
}

/// A server without the console is better than none: its page says what is missing.
fn build_console() {
    say::heading("Building the web console (once; then only after changes)");
    if let Err(error) = console::build() {
        say::failure(&format!("   the console is left out: {error:#}"));
    }
}

fn build_server() -> Result<()> {
    say::heading("Building the server (development profile; minutes the first time, seconds after that)");
    process::run(cargo("build").args(["--locked", "--package", "hookledger", "--bin", "hookledger"]))
}

/// Replaces this process, so that signals reach the server directly and its exit code is ours.
#[cfg(unix)]
fn become_process(mut server: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;

    let error = server.exec();
    Err(anyhow::anyhow!("failed to start `{}`: {error}", process::shown(&server)))
}

/// The console sends Ctrl-C to both; the server's own shutdown decides when this ends.
#[cfg(not(unix))]
fn become_process(mut server: Command) -> Result<ExitCode> {
    let status = server.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
