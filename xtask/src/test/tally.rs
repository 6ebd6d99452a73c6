//! How many tests passed and failed.

use std::fmt;
use std::ops::Add;

/// A count of tests; of several steps, their sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
}

impl Tally {
    /// A step that is not made of tests, and failed.
    pub(super) const FAILED_STEP: Self = Self { passed: 0, failed: 1 };

    /// Reads a line such as `test result: ok. 3 passed; 0 failed; …`.
    pub(super) fn from_libtest_line(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let count = |word| counts.split("; ").find_map(|part| part.strip_suffix(word)?.trim().parse().ok());
        Some(Self { passed: count(" passed")?, failed: count(" failed")? })
    }

    /// Reads the counts of a whole run, which stand in the first element of a `JUnit` report.
    pub(super) fn from_junit(report: &str) -> Option<Self> {
        let (_, rest) = report.split_once("<testsuites ")?;
        let (attributes, _) = rest.split_once('>')?;
        let count = |name: &str| -> Option<u64> {
            let (_, rest) = attributes.split_once(&format!("{name}=\""))?;
            rest.split_once('"')?.0.parse().ok()
        };
        let failed = count("failures")? + count("errors")?;
        Some(Self { passed: count("tests")?.saturating_sub(failed), failed })
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_libtest_is_counted() {
        let line = "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.3s";
        assert_eq!(Tally::from_libtest_line(line), Some(Tally { passed: 12, failed: 2 }));
        assert_eq!(Tally::from_libtest_line("test src/lib.rs - sign (line 3) ... ok"), None);
    }

    #[test]
    fn a_junit_report_is_counted() {
        let report = concat!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
            "<testsuites name=\"nextest-run\" tests=\"412\" failures=\"2\" errors=\"1\" uuid=\"x\" time=\"4.2\">\n",
            "    <testsuite name=\"a\" tests=\"1\" failures=\"0\" errors=\"0\">\n",
        );
        assert_eq!(Tally::from_junit(report), Some(Tally { passed: 409, failed: 3 }));
        assert_eq!(Tally::from_junit("<nonsense>"), None);
    }

    #[test]
    fn a_tally_ends_in_the_line_that_programs_read() {
        assert_eq!((Tally { passed: 3, failed: 0 } + Tally::FAILED_STEP).to_string(), "3 passed, 1 failed");
    }
}
