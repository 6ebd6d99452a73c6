//! The machine's clock, for those who measure from one process to another.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since the Unix epoch, now.
#[expect(
    clippy::disallowed_methods,
    reason = "tests and yardsticks are clients: they have no clock to inject"
)]
pub fn unix_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the machine's clock is set past 1970");
    u64::try_from(since.as_micros()).expect("the year is before 586,000")
}

/// Seconds since the Unix epoch, now.
pub fn unix_seconds() -> u64 {
    unix_micros() / 1_000_000
}
