//! Where things are, whatever folder a task is started from.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root of the repository")
}

/// What cargo builds into, wherever its configuration put that: this program was built into it too.
pub(crate) fn target() -> PathBuf {
    let own = env::current_exe().ok();
    // target/<profile>/xtask
    let target = own.as_deref().and_then(Path::parent).and_then(Path::parent);
    target.map_or_else(|| root().join("target"), Path::to_path_buf)
}

/// Programs that were installed for the tasks, in a `bin` below.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// The end-to-end tests, and what they use of other people's.
pub(crate) fn tests() -> PathBuf {
    root().join("tests")
}

/// The manifest of the tests with stock postgres-es, which are a workspace of their own.
pub(crate) fn stock_postgres_es() -> PathBuf {
    tests().join("postgres-es").join("Cargo.toml")
}

/// The web console's app.
pub(crate) fn web() -> PathBuf {
    root().join("crates").join("console").join("web")
}

/// The Python environment of the tests.
pub(crate) fn python_environment() -> PathBuf {
    target().join("venv")
}
