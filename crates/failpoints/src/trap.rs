//! How the process dies, in builds where it may.

use std::env;
use std::io::Write as _;
use std::process;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Point, VARIABLE};

/// What the environment asked for when the process began.
static ORDER: LazyLock<Option<(Point, u64)>> =
    LazyLock::new(|| env::var(VARIABLE).ok().as_deref().and_then(order));
/// How often the point was passed.
static PASSES: AtomicU64 = AtomicU64::new(0);

/// Counts a pass of `point`, and ends the process if it is the one.
///
/// `abort` unwinds nothing, flushes nothing and runs nothing at exit: what a kill leaves undone stays undone.
pub(crate) fn spring(point: Point) {
    let Some((wanted, pass)) = *ORDER else { return };
    if wanted == point && PASSES.fetch_add(1, Ordering::Relaxed) + 1 == pass {
        // Whoever reads the output can tell this death from any other.
        let _ =
            writeln!(std::io::stderr(), "failpoint {} passed {pass} times: the process ends", point.name());
        process::abort();
    }
}

/// `before_commit:17`; without a number, the first pass.
fn order(text: &str) -> Option<(Point, u64)> {
    let (name, pass) = text.split_once(':').unwrap_or((text, "1"));
    Some((Point::named(name)?, pass.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_a_point_and_a_pass() {
        assert_eq!(order("before_commit:17"), Some((Point::BeforeCommit, 17)));
        assert_eq!(order("before_send"), Some((Point::BeforeSend, 1)));
        assert_eq!(order("nowhere:1"), None);
        assert_eq!(order("before_send:often"), None);
    }
}
