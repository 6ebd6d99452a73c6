//! The one place that asks the machine what time it is; everything else is told.

use std::time::SystemTime;

use crate::UnixSeconds;

/// The machine's time, for receivers that have no clock of their own to hand in.
///
/// A clock set before 1970 reads as the epoch, so that every message is refused as too new.
#[expect(clippy::disallowed_methods, reason = "a receiver's default clock; every caller can hand in another")]
pub fn system_clock() -> UnixSeconds {
    UnixSeconds::from(SystemTime::now())
}
