//! Files of the tests, and what their package manager installed.

use std::path::{Path, PathBuf};

/// The folder of this crate.
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of an npm package.
///
/// # Panics
/// If the package is not installed; says how to install it.
pub fn npm(file: &str) -> PathBuf {
    let path = folder().join("node_modules").join(file);
    assert!(path.exists(), "{} is missing: `cargo xtask assets` installs it", path.display());
    path
}
