//! What is counted.

use domain::delivery::Attempt;

use super::sketch::Sketch;

/// What kind of answer an attempt got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnswerClass {
    /// 2xx.
    Success,
    /// 3xx, which is not followed.
    Redirect,
    /// 4xx.
    ClientError,
    /// 5xx, and what is no status of HTTP.
    ServerError,
    /// None at all.
    NoResponse,
}

impl AnswerClass {
    const COUNT: usize = 5;

    /// That of `attempt`.
    pub fn of(attempt: &Attempt) -> Self {
        match attempt.answer.status() {
            None => Self::NoResponse,
            Some(200..=299) => Self::Success,
            Some(300..=399) => Self::Redirect,
            Some(400..=499) => Self::ClientError,
            Some(_) => Self::ServerError,
        }
    }
}

/// How much happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events that were published.
    pub published: u64,
    /// Deliveries that came to be: an event that was published and matched.
    pub matched: u64,
    /// Deliveries that became dead letters.
    pub dead_lettered: u64,
    /// Attempts, by the kind of answer.
    pub(super) answers: [u64; AnswerClass::COUNT],
    /// The longest attempt, in microseconds.
    pub slowest_us: u64,
    /// How long attempts took, from their start to the end of the response.
    pub latency: Sketch,
}

impl Counts {
    /// Attempts that got this kind of answer.
    pub const fn answered(&self, class: AnswerClass) -> u64 {
        self.answers[class as usize]
    }

    /// All attempts.
    pub fn attempts(&self) -> u64 {
        self.answers.iter().sum()
    }

    /// Counts what `other` has counted as well.
    pub fn merge(&mut self, other: &Self) {
        self.published += other.published;
        self.matched += other.matched;
        self.dead_lettered += other.dead_lettered;
        for (mine, more) in self.answers.iter_mut().zip(other.answers) {
            *mine += more;
        }
        self.slowest_us = self.slowest_us.max(other.slowest_us);
        self.latency.merge(&other.latency);
    }

    pub(super) fn count(&mut self, attempt: &Attempt) {
        self.answers[AnswerClass::of(attempt) as usize] += 1;
        let micros = attempt.phases.total_us;
        self.slowest_us = self.slowest_us.max(micros);
        self.latency.record(micros);
    }
}
