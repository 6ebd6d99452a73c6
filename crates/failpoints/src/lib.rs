//! Places where a test may have the process die.
//!
//! A [`Point`] is an edge of the way that an event goes: before a commit, after it, before a request, and so on. The
//! code that passes one says so in one line, [`reach`]. In a build with the feature `armed`, the process ends there
//! as if it had been killed, at the pass that [`VARIABLE`] names: `before_commit:17` is the 17th. In every other
//! build `reach` is empty and costs nothing.
//!
//! Promise: every point of the list is passed somewhere in the code, in one place; a test looks.
//!
//! Elsewhere: who kills, and what is checked afterwards, in `tests/src/torture`.

mod point;
#[cfg(feature = "armed")]
mod trap;

pub use point::Point;

/// The environment variable that names a point and a pass: `before_commit:17`. Only read where points are armed.
pub const VARIABLE: &str = "HOOKLEDGER_FAILPOINT";

/// The code has come to `point`. Returns, unless the process is to die here.
#[inline]
pub fn reach(point: Point) {
    #[cfg(feature = "armed")]
    trap::spring(point);
    #[cfg(not(feature = "armed"))]
    let _ = point;
}

/// Whether points are armed in this build.
pub const fn armed() -> bool {
    cfg!(feature = "armed")
}
