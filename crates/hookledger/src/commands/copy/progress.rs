//! How far a copy is, told to whoever waits: on a terminal in one line that changes, elsewhere in a line now and then.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use ledger::copy::{Progress, Step};

use super::report::grouped;
use crate::say;

/// How often the line on a terminal changes.
const TERMINAL: Duration = Duration::from_millis(200);
/// How often a line is written elsewhere.
const ELSEWHERE: Duration = Duration::from_secs(5);

/// Tells of progress, not too often.
pub(super) struct Teller {
    terminal: bool,
    told: Instant,
    /// What is told of, and since when.
    step: Option<(Step, Instant)>,
}

impl Teller {
    pub(super) fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), told: Instant::now(), step: None }
    }

    /// Takes note of `progress`, and tells of it when it is time to, or when its step has ended.
    pub(super) fn tell(&mut self, progress: &Progress) {
        let now = Instant::now();
        let began = match self.step {
            Some((step, began)) if step == progress.step => began,
            // What came before the first page took time, too.
            _ => self.told,
        };
        self.step = Some((progress.step, began));
        let done = progress.at >= progress.to;
        let every = if self.terminal { TERMINAL } else { ELSEWHERE };
        if !done && now.duration_since(self.told) < every {
            return;
        }
        self.told = now;
        let text = line(progress, now.duration_since(began));
        if done {
            self.clear();
            say::line(&text);
            self.step = None;
        } else if self.terminal {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K{text}");
        } else {
            say::line(&text);
        }
    }

    fn clear(&self) {
        if self.terminal {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
        }
    }
}

impl Drop for Teller {
    /// Whatever is said next has the line for itself.
    fn drop(&mut self) {
        self.clear();
    }
}

fn line(progress: &Progress, took: Duration) -> String {
    let what = match progress.step {
        Step::Copying => "copied",
        Step::Comparing => "compared",
    };
    let (done, all) = (progress.at.0 - progress.from.0, progress.to.0 - progress.from.0);
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    let (records, megabytes) = (grouped(progress.records), grouped(progress.bytes / 1_000_000));
    let rate = grouped(progress.records.saturating_mul(1_000) / millis);
    let so_far = format!("{what} {records} records, {megabytes} MB, {rate} records/s");
    if done >= all {
        return format!("{so_far}, in {}", duration(millis / 1_000));
    }
    let share = done.saturating_mul(100) / all;
    match (u128::from(millis) * u128::from(all - done) / 1_000).checked_div(u128::from(done)) {
        Some(left) => {
            format!("{so_far}, {share} %, about {} left", duration(u64::try_from(left).unwrap_or(u64::MAX)))
        }
        None => format!("{so_far}, {share} %"),
    }
}

/// Seconds, as people say them.
fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use domain::Position;

    use super::*;

    fn progress(at: u64) -> Progress {
        Progress {
            step: Step::Copying,
            records: at - 1_000,
            bytes: 5_000_000,
            from: Position(1_000),
            at: Position(at),
            to: Position(101_000),
        }
    }

    #[test]
    fn what_is_left_is_reckoned_from_what_was_done() {
        let told = line(&progress(26_000), Duration::from_secs(30));
        assert_eq!(told, "copied 25,000 records, 5 MB, 833 records/s, 25 %, about 1 min 30 s left");
    }

    #[test]
    fn at_the_end_it_tells_how_long_it_took() {
        let told = line(&progress(101_000), Duration::from_millis(2_500));
        assert_eq!(told, "copied 100,000 records, 5 MB, 40,000 records/s, in 2 s");
    }

    #[test]
    fn before_anything_was_done_it_does_not_guess() {
        let told = line(&progress(1_000), Duration::ZERO);
        assert_eq!(told, "copied 0 records, 5 MB, 0 records/s, 0 %");
    }
}
