//! Programs that the tasks use: found on the path, or built from their sources into `target/tools`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::process::{self, cargo};
use crate::{paths, say};

/// A program that comes as a crate.
pub(crate) struct Tool {
    /// The crate, and the name of its program.
    name: &'static str,
    /// The version to install when there is none.
    version: &'static str,
    /// Why it is needed, for the person who waits for it.
    purpose: &'static str,
}

/// Runs the tests, each in a process of its own.
pub(crate) const NEXTEST: Tool =
    Tool { name: "cargo-nextest", version: "0.9.143", purpose: "it runs the tests" };

/// Judges licences, bans and sources of the dependencies.
pub(crate) const DENY: Tool =
    Tool { name: "cargo-deny", version: "0.20.2", purpose: "it checks licences and sources of dependencies" };

/// Measures commands; its result is published as a real event.
pub(crate) const HYPERFINE: Tool =
    Tool { name: "hyperfine", version: "1.20.0", purpose: "its results are published as real events" };

impl Tool {
    /// Where the program is, if it is there.
    pub(crate) fn find(&self) -> Option<PathBuf> {
        let ours = paths::tools().join("bin").join(self.name);
        if ours.is_file() { Some(ours) } else { process::find(self.name) }
    }

    /// Where the program is; installed first if it is missing.
    pub(crate) fn ensure(&self) -> Result<PathBuf> {
        if let Some(found) = self.find() {
            return Ok(found);
        }
        say::line(&format!(
            "   {} is missing ({}): building it once into target/tools, which takes some minutes",
            self.name, self.purpose
        ));
        let mut install = cargo("install");
        install.args(["--locked", "--version", self.version, self.name, "--root"]).arg(paths::tools());
        // Without it cargo builds in a temporary folder, and leaves nothing but the program.
        install.env_remove("CARGO_TARGET_DIR");
        process::run(&mut install).with_context(|| {
            format!("failed to install {name}; `cargo install {name}` by hand helps too", name = self.name)
        })?;
        self.find().with_context(|| format!("{} was installed, but is not there", self.name))
    }
}
