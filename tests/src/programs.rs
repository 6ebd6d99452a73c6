//! Where the programs are that tests start.

use std::env;
use std::path::PathBuf;

/// A program of this workspace, built with the profile of the caller.
///
/// # Panics
/// If it is not built; says how.
pub fn built(name: &str) -> PathBuf {
    let path = profile_folder().join(name);
    assert!(path.is_file(), "{} is not built: `cargo build --workspace --bins` builds it", path.display());
    path
}

/// Python with the packages of `tests/requirements.txt`.
pub fn python() -> PathBuf {
    let folder = profile_folder();
    let target = folder.parent().expect("a profile's folder lies in the target folder");
    let path = target.join("venv").join("bin").join("python");
    assert!(path.is_file(), "{} is missing: `cargo xtask assets` installs it", path.display());
    path
}

/// A program that `cargo xtask assets` installs, or the one of the machine.
pub fn installed(name: &str) -> PathBuf {
    let folder = profile_folder();
    let tools = folder.parent().map(|target| target.join("tools").join("bin").join(name));
    tools.filter(|tool| tool.is_file()).unwrap_or_else(|| name.into())
}

/// `target/debug` or `target/release`: where this program lies, or the folder above for a test.
fn profile_folder() -> PathBuf {
    let program = env::current_exe().expect("a running program has a path");
    let folder = program.parent().expect("a program lies in a folder");
    if folder.ends_with("deps") {
        folder.parent().expect("deps lies in a profile's folder").into()
    } else {
        folder.into()
    }
}
