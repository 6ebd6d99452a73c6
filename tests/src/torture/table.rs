//! The outcome for people.

use std::fmt::Write as _;
use std::time::Duration;

use super::check::Findings;

/// What all runs of a fault came to.
#[derive(Debug, Default, Clone)]
pub struct Line {
    /// The fault.
    pub fault: String,
    /// How many runs were played to their end.
    pub runs: usize,
    /// How often the process died in them.
    pub deaths: usize,
    /// What was found, added up.
    pub findings: Findings,
    /// From each start after a death, or from when the database accepts connections again, to the first request that a
    /// receiver got.
    pub recoveries: Vec<Duration>,
}

impl Line {
    /// Whether nothing was found that must not be.
    pub fn is_good(&self) -> bool {
        self.findings.violations.is_empty() && self.findings.lost == 0 && self.findings.inexcusable == 0
    }

    /// Adds what a run came to.
    pub fn add(&mut self, deaths: usize, findings: Findings, recoveries: Vec<Duration>) {
        self.runs += 1;
        self.deaths += deaths;
        self.recoveries.extend(recoveries);
        let sum = &mut self.findings;
        sum.acknowledged += findings.acknowledged;
        sum.requests += findings.requests;
        sum.lost += findings.lost;
        sum.repeats += findings.repeats;
        sum.inexcusable += findings.inexcusable;
        sum.violations.extend(findings.violations);
    }
}

/// The names of the columns, with a line end.
pub fn heading() -> String {
    format!(
        "{:<22}{:>5}{:>7}{:>9}{:>10}{:>6}{:>9}{:>9}{:>14}{:>11}  verdict\n",
        "fault",
        "runs",
        "deaths",
        "acked",
        "requests",
        "lost",
        "repeats",
        "beyond",
        "recovery p50",
        "max (ms)"
    )
}

/// One line, with a line end.
pub fn line(line: &Line) -> String {
    let mut sorted = line.recoveries.clone();
    sorted.sort_unstable();
    let millis =
        |time: Option<&Duration>| time.map_or_else(|| "–".to_owned(), |time| time.as_millis().to_string());
    let (median, max) = (millis(sorted.get(sorted.len() / 2)), millis(sorted.last()));
    let Findings { acknowledged, requests, lost, repeats, inexcusable, .. } = &line.findings;
    let verdict = match (line.is_good(), line.runs) {
        (true, 0) => "left out",
        (true, _) => "good",
        (false, _) => "VIOLATED",
    };
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = writeln!(
        text,
        "{:<22}{:>5}{:>7}{acknowledged:>9}{requests:>10}{lost:>6}{repeats:>9}{inexcusable:>9}{median:>14}{max:>11}  {verdict}",
        line.fault, line.runs, line.deaths
    );
    text
}
