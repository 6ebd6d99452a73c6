//! `cargo xtask console`: building the web console, and what else is done with it.
//!
//! What is built goes to `crates/console/web/dist`, which the server embeds. A *stamp* there holds a hash of everything
//! that went in, so that nothing is built twice, and a change of Rust builds no TypeScript.

use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::process::{self, cargo, command};
use crate::{assets, paths, say};

/// What a build is made of, below the folder of the app.
const SOURCES: &[&str] =
    &["src", "scripts", "index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"];

/// How to work on the console.
#[derive(Args)]
pub(crate) struct Options {
    /// Serve it with changes as they are made, in front of a server that runs already.
    #[arg(long)]
    dev: bool,
    /// The server that `--dev` stands in front of.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4300")]
    server: String,
}

/// Builds the console, or serves it while it is worked on.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.dev {
        return build();
    }
    install()?;
    say::line("Sign in with an API key; Ctrl-C stops.");
    process::run(npm_command(&["run", "dev"]).env("HOOKLEDGER", &options.server))
}

/// Builds what the server embeds, unless it is there already.
pub(crate) fn build() -> Result<()> {
    install()?;
    let stamp = paths::web().join("dist").join(".built-from");
    let wanted = fingerprint()?;
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        say::line("   the console is up to date");
        return Ok(());
    }
    npm(&["run", "--silent", "build"])?;
    fs::write(&stamp, wanted).context("failed to note what the console was built from")
}

/// Writes the types of the API.
pub(crate) fn generate() -> Result<()> {
    install()?;
    npm(&["run", "--silent", "codegen"])
}

/// Compares the types of the API with its schema.
pub(crate) fn check_generated() -> Result<()> {
    install()?;
    npm(&["run", "--silent", "codegen", "--", "--check"])
}

/// Takes the pictures.
pub(crate) fn screenshots() -> Result<()> {
    build()?;
    process::run(cargo("build").args(["--locked", "--package", "hookledger", "--bin", "hookledger"]))?;
    process::run(with_server(&mut npm_command(&["run", "--silent", "screenshots"])))
}

/// The components' tests; they leave a report.
pub(crate) fn vitest(report: &Path) -> Command {
    let mut vitest =
        npm_command(&["run", "--silent", "test", "--", "--reporter=default", "--reporter=junit"]);
    vitest.arg(format!("--outputFile.junit={}", report.display()));
    vitest
}

/// The tests in a browser.
pub(crate) fn end_to_end() -> Command {
    let mut tests = npm_command(&["run", "--silent", "e2e"]);
    with_server(&mut tests);
    tests
}

/// Runs npm in the folder of the app.
pub(crate) fn npm(arguments: &[&str]) -> Result<()> {
    process::run(&mut npm_command(arguments))
}

fn npm_command(arguments: &[&str]) -> Command {
    let mut npm = command("npm");
    npm.args(arguments).current_dir(paths::web());
    npm
}

fn with_server(command: &mut Command) -> &mut Command {
    command.env("HOOKLEDGER_BIN", paths::target().join("debug").join("hookledger"))
}

fn install() -> Result<()> {
    assets::install_npm_packages(&paths::web(), "the console").map(drop)
}

/// A hash of the names and contents of everything that a build is made of.
fn fingerprint() -> Result<String> {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&paths::web().join(source), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(file.strip_prefix(paths::web()).unwrap_or(&file).as_os_str().as_encoded_bytes());
        hasher.write(&fs::read(&file).with_context(|| format!("failed to read {}", file.display()))?);
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let entries = fs::read_dir(path).with_context(|| format!("failed to list {}", path.display()))?;
    for entry in entries {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}
