//! `cargo xtask codegen`: files in the tree that are made from code, and whether they still match it.
//!
//! A *generator* is an example program of the crate that knows; it prints the file, or the files of a folder one after
//! the other, before each a line with its name and its length in bytes. The console's types are made from the schema
//! after that.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::process::{self, cargo};
use crate::{console, paths, say};

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
    /// The example program that prints.
    example: &'static str,
    /// What it is told to print.
    arguments: &'static [&'static str],
    /// What becomes of that.
    output: Output,
}

/// Where to, from the root of the repository.
enum Output {
    File(&'static str),
    /// A folder with nothing else in it.
    Folder(&'static str),
}

const GENERATORS: &[Generator] = &[
    Generator {
        example: "print_schema",
        arguments: &[],
        output: Output::File("schemas/graphql/schema.graphql"),
    },
    Generator { example: "print_reference", arguments: &["pages"], output: Output::Folder("docs/events") },
    Generator {
        example: "print_reference",
        arguments: &["asyncapi"],
        output: Output::File("schemas/asyncapi/hookledger.json"),
    },
    Generator {
        example: "print_reference",
        arguments: &["openapi"],
        output: Output::File("schemas/openapi/hookledger.json"),
    },
];

/// Builds the generators, then writes or compares each file.
pub(crate) fn run(options: Options) -> Result<()> {
    // The whole workspace, as in `cargo xtask test`: with the same features, so nothing is built twice.
    process::run(cargo("build").args(["--locked", "--workspace", "--examples"]))?;
    let mut stale = Vec::new();
    for generator in GENERATORS {
        let mut changed = 0;
        let made = generator.make()?;
        for (file, text) in &made {
            let path = paths::root().join(file);
            if fs::read_to_string(&path).is_ok_and(|found| found == *text) {
                continue;
            }
            changed += 1;
            if options.check {
                stale.push(file.clone());
            } else {
                write(&path, text)?;
            }
        }
        for file in generator.strays(&made)? {
            changed += 1;
            if options.check {
                stale.push(file);
            } else {
                fs::remove_file(paths::root().join(&file))
                    .with_context(|| format!("failed to remove {file}"))?;
            }
        }
        let (Output::File(place) | Output::Folder(place)) = generator.output;
        match changed {
            0 => say::line(&format!("   {place} is up to date")),
            _ if options.check => {}
            changed => say::line(&format!("   {place}: {changed} files written or removed")),
        }
    }
    if !options.check {
        console::generate()?;
    } else if stale.is_empty() {
        console::check_generated()?;
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
    /// The files and what they should say.
    fn make(&self) -> Result<Vec<(String, String)>> {
        let printed = self.print()?;
        match self.output {
            Output::File(file) => Ok(vec![(file.to_owned(), printed)]),
            Output::Folder(folder) => {
                let files = apart(&printed).with_context(|| format!("the generator of {folder} is wrong"))?;
                Ok(files.into_iter().map(|(name, text)| (format!("{folder}/{name}"), text)).collect())
            }
        }
    }

    /// Files that lie in its folder and are not made any more.
    fn strays(&self, made: &[(String, String)]) -> Result<Vec<String>> {
        let Output::Folder(folder) = self.output else { return Ok(Vec::new()) };
        let path = paths::root().join(folder);
        if !path.is_dir() {
            return Ok(Vec::new());
        }
        let mut strays = Vec::new();
        for entry in fs::read_dir(&path).with_context(|| format!("failed to read {folder}"))? {
            let file = format!("{folder}/{}", entry?.file_name().display());
            if made.iter().all(|(made, _)| *made != file) {
                strays.push(file);
            }
        }
        Ok(strays)
    }

    fn print(&self) -> Result<String> {
        let program = paths::target().join("debug").join("examples").join(self.example);
        let (Output::File(place) | Output::Folder(place)) = self.output;
        let output = Command::new(&program)
            .args(self.arguments)
            .output()
            .with_context(|| format!("failed to start the generator of {place}"))?;
        if !output.status.success() {
            bail!("the generator of {place} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        String::from_utf8(output.stdout).with_context(|| format!("{place} would not be UTF-8"))
    }
}

/// Takes files apart that were printed one after the other.
fn apart(mut printed: &str) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    while !printed.is_empty() {
        let (heading, rest) = printed.split_once('\n').context("a heading without a line break")?;
        let (name, length) = heading.rsplit_once(' ').context("a heading without a length")?;
        let (text, rest) =
            rest.split_at_checked(length.parse()?).context("a file shorter than its heading says")?;
        files.push((name.to_owned(), text.to_owned()));
        printed = rest;
    }
    Ok(files)
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().expect("generated files lie in folders");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .with_context(|| format!("failed to write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_one_stream_are_taken_apart() {
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(apart("a.md 4\nxy\n\nb.md 0\n").unwrap(), [file("a.md", "xy\n\n"), file("b.md", "")]);
        assert!(apart("a.md 9\nxy\n").is_err() && apart("a.md").is_err() && apart("a.md x\n").is_err());
    }
}
