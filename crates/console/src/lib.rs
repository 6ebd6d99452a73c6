//! The web console, embedded in the binary, and how it is served.
//!
//! The *app* in `web/` is built by `cargo xtask console` into files whose names carry the hash of their content; the
//! build script of this crate embeds them, packed and plain. [`router`] serves them below `/console/`: files by their
//! names for good, and for every other path the one page that starts the app.
//!
//! Promise: nothing is loaded from elsewhere, and nothing runs that is not one of these files. A binary that was built
//! without the app serves a page that says so.
//!
//! Elsewhere: signing in and everything that the app asks for, in `api`.

mod encoding;
mod file;
mod page;
mod policy;
mod serve;

pub use serve::router;

/// Whether the app was built before this crate was.
pub const IS_BUILT: bool = !file::FILES.is_empty();
