//! `cargo xtask codegen`: files in the tree that are made from code, and whether they still match it.
//!
//! A *generator* is an example program of the crate that knows; it prints the file.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::process::{self, cargo};
use crate::{paths, say};

/// Whether to write or only to compare.
#[derive(Args, Clone, Copy)]
pub(crate) struct Options {
    /// Changes nothing, and fails if a file would change.
    #[arg(long)]
    check: bool,
}

impl Options {
    pub(crate) const CHECK: Self = Self { check: true };
}

struct Generator {
    /// The example program that prints the file.
    example: &'static str,
    /// The file, from the root of the repository.
    file: &'static str,
}

const GENERATORS: &[Generator] =
    &[Generator { example: "print_schema", file: "schemas/graphql/schema.graphql" }];

/// Builds the generators, then writes or compares each file.
pub(crate) fn run(options: Options) -> Result<()> {
    // The whole workspace, as in `cargo xtask test`: with the same features, so nothing is built twice.
    process::run(cargo("build").args(["--locked", "--workspace", "--examples"]))?;
    let mut stale = Vec::new();
    for generator in GENERATORS {
        let made = generator.print()?;
        let path = paths::root().join(generator.file);
        if fs::read_to_string(&path).is_ok_and(|found| found == made) {
            say::line(&format!("   {} is up to date", generator.file));
        } else if options.check {
            stale.push(generator.file);
        } else {
            write(&path, &made)?;
            say::line(&format!("   {} written", generator.file));
        }
    }
    if stale.is_empty() {
        Ok(())
    } else {
        bail!(
            "{} no longer match the code: run `cargo xtask codegen` and commit the result",
            stale.join(", ")
        )
    }
}

impl Generator {
    fn print(&self) -> Result<String> {
        let program = paths::target().join("debug").join("examples").join(self.example);
        let output = Command::new(&program)
            .output()
            .with_context(|| format!("failed to start the generator of {}", self.file))?;
        if !output.status.success() {
            bail!(
                "the generator of {} failed: {}",
                self.file,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        String::from_utf8(output.stdout).with_context(|| format!("{} would not be UTF-8", self.file))
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().expect("generated files lie in folders");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .with_context(|| format!("failed to write {}", path.display()))
}
