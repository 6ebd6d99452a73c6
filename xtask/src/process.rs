//! Child processes: announced, run in the root of the repository, and named when they fail.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::{paths, say};

/// A command that runs in the root of the repository.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(paths::root());
    command
}

/// The cargo that runs this task, so that nested calls use the same toolchain.
///
/// It always builds what the lockfile says, and into the same place.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut cargo = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.env("CARGO_TARGET_DIR", paths::target()).arg(subcommand);
    cargo
}

/// Announces `command`, runs it with the terminal's input and output, and fails unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    if succeeds(command)? { Ok(()) } else { bail!("`{}` failed", shown(command)) }
}

/// Announces `command`, runs it with the terminal's input and output, and says whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> Result<bool> {
    announce(command);
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    Ok(status.success())
}

/// Like [`succeeds`], and hands each line of the output to `each` after printing it.
pub(crate) fn succeeds_reading(command: &mut Command, mut each: impl FnMut(&str)) -> Result<bool> {
    announce(command);
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| cannot_start(command, &error))?;
    let stdout = child.stdout.take().expect("the output was asked for");
    for line in BufReader::new(stdout).lines() {
        let line = line.with_context(|| format!("failed to read the output of `{}`", shown(command)))?;
        say::line(&line);
        each(&line);
    }
    Ok(child.wait()?.success())
}

/// Runs `command` quietly and gives its output, or `None` if it does not start or succeed.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where a program of this name is on the path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The command as one would type it, with paths inside the repository shortened.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(shown_word).collect::<Vec<_>>().join(" ")
}

fn shown_word(word: &OsStr) -> String {
    let path = Path::new(word);
    let is_cargo = env::var_os("CARGO").is_some_and(|cargo| cargo == word);
    let word = if is_cargo { Path::new("cargo") } else { path.strip_prefix(paths::root()).unwrap_or(path) };
    let word = word.display().to_string();
    if word.contains(' ') { format!("'{word}'") } else { word }
}

fn announce(command: &Command) {
    say::line(&format!("   $ {}", shown(command)));
}

fn cannot_start(command: &Command, error: &std::io::Error) -> anyhow::Error {
    let program = shown_word(command.get_program());
    match error.kind() {
        ErrorKind::NotFound => {
            anyhow::anyhow!("`{program}` was not found: install it, or add it to the path")
        }
        _ => anyhow::anyhow!("failed to start `{program}`: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = command("node");
        command.arg(paths::root().join("tests/interop/verify.mjs")).arg("two words");
        assert_eq!(shown(&command), "node tests/interop/verify.mjs 'two words'");
    }

    #[test]
    fn a_program_that_is_missing_is_named_with_what_to_do() {
        let error = run(&mut command("hookledger-no-such-program")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`hookledger-no-such-program` was not found: install it, or add it to the path"
        );
    }

    #[test]
    fn a_command_that_fails_is_named() {
        assert_eq!(run(&mut command("false")).unwrap_err().to_string(), "`false` failed");
    }
}
