//! How much happened, in a span of time.

use async_graphql::{Enum, SimpleObject};
use domain::Timestamp;
use projections::analytics::{AnswerClass, Bucket, Counts, Resolution};

use super::scalars::DateTime;

/// How long the buckets of a series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum AnalyticsInterval {
    /// 60 seconds. Kept for 24 hours.
    Minute,
    /// 5 minutes. Kept for 24 hours.
    FiveMinutes,
    /// 60 minutes. Kept for 31 days.
    Hour,
    /// 24 hours, in UTC. Kept for 400 days.
    Day,
}

impl AnalyticsInterval {
    /// What the view has that this is made of.
    pub(crate) const fn resolution(self) -> Resolution {
        match self {
            Self::Minute | Self::FiveMinutes => Resolution::Minute,
            Self::Hour => Resolution::Hour,
            Self::Day => Resolution::Day,
        }
    }

    /// The length of a bucket, in microseconds.
    pub(crate) const fn micros(self) -> i64 {
        match self {
            Self::FiveMinutes => 5 * Resolution::Minute.micros(),
            Self::Minute | Self::Hour | Self::Day => self.resolution().micros(),
        }
    }

    /// The start of the bucket that `at` is in.
    pub(crate) fn start(self, at: Timestamp) -> Timestamp {
        let micros = at.as_micros();
        Timestamp::from_micros(micros - micros.rem_euclid(self.micros()))
    }
}

/// Attempts by the kind of answer that they got.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct AnswerCounts {
    /// 2xx.
    success: u64,
    /// 3xx, which is never followed.
    redirect: u64,
    /// 4xx.
    client_error: u64,
    /// 5xx.
    server_error: u64,
    /// None at all.
    no_response: u64,
}

/// How long attempts took, from their start to the end of the response. Off by at most 1.6 %, but for the longest.
#[derive(Debug, Clone, SimpleObject)]
#[expect(clippy::struct_field_names, reason = "a name ends with its unit")]
pub(crate) struct Latency {
    /// Half of them took no longer, in milliseconds.
    p50_ms: f64,
    /// 95 of 100 took no longer, in milliseconds.
    p95_ms: f64,
    /// 99 of 100 took no longer, in milliseconds.
    p99_ms: f64,
    /// The longest, in milliseconds.
    max_ms: f64,
}

/// How much happened. What was recorded in a span of time counts there; tests are left out.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct AnalyticsCounts {
    /// Events that were published; 0 where only a subscription is looked at, see `matched`.
    published: u64,
    /// Deliveries that came to be: an event that was published and matched a subscription.
    matched: u64,
    /// Deliveries that reached their endpoint.
    delivered: u64,
    /// Deliveries that became dead letters.
    dead_lettered: u64,
    /// HTTP requests that were made.
    attempts: u64,
    /// Those requests, by the kind of answer.
    answers: AnswerCounts,
    /// Which part of the attempts succeeded, from 0 to 1; none without attempts.
    success_rate: Option<f64>,
    /// How long the attempts took; none without attempts.
    latency: Option<Latency>,
}

/// How much happened in one bucket.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct AnalyticsPoint {
    /// Where the bucket starts.
    at: DateTime,
    /// How much happened in it.
    counts: AnalyticsCounts,
}

/// How much happened, bucket by bucket.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Analytics {
    /// Where the first bucket starts.
    from: DateTime,
    /// Where the last bucket ends.
    to: DateTime,
    /// How long the buckets are.
    interval: AnalyticsInterval,
    /// Every bucket from `from` to `to`, oldest first; those in which nothing happened, too.
    points: Vec<AnalyticsPoint>,
    /// All of them together.
    total: AnalyticsCounts,
}

/// How an hour of a subscription was.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SparkPoint {
    /// Where the hour starts.
    at: DateTime,
    /// Attempts that succeeded.
    delivered: u64,
    /// Attempts that failed.
    failed: u64,
}

impl Analytics {
    /// The buckets from `from` to `to`, with the gaps filled; all of it is aligned.
    pub(crate) fn of(
        interval: AnalyticsInterval,
        from: Timestamp,
        to: Timestamp,
        buckets: Vec<Bucket>,
    ) -> Self {
        let mut total = Counts::default();
        let mut buckets = buckets.into_iter().peekable();
        let points = starts(from, to, interval.micros()).map(|at| {
            let mut counts = Counts::default();
            while let Some(part) = buckets.next_if(|part| interval.start(part.at) <= at) {
                counts.merge(&part.counts);
            }
            total.merge(&counts);
            AnalyticsPoint { at: at.into(), counts: (&counts).into() }
        });
        let points = points.collect();
        Self { from: from.into(), to: to.into(), interval, points, total: (&total).into() }
    }
}

/// The hours from `from` to `to`, with the gaps filled.
pub(crate) fn sparkline(from: Timestamp, to: Timestamp, hours: Vec<Bucket>) -> Vec<SparkPoint> {
    let mut hours = hours.into_iter().peekable();
    let points = starts(from, to, Resolution::Hour.micros()).map(|at| {
        let hour = hours.next_if(|hour| hour.at <= at).map(|hour| hour.counts).unwrap_or_default();
        let delivered = hour.answered(AnswerClass::Success);
        SparkPoint { at: at.into(), delivered, failed: hour.attempts() - delivered }
    });
    points.collect()
}

fn starts(from: Timestamp, to: Timestamp, step: i64) -> impl Iterator<Item = Timestamp> {
    let next = move |at: &Timestamp| Some(Timestamp::from_micros(at.as_micros() + step));
    std::iter::successors(Some(from), next).take_while(move |at| *at < to)
}

impl From<&Counts> for AnalyticsCounts {
    fn from(counts: &Counts) -> Self {
        let (attempts, delivered) = (counts.attempts(), counts.answered(AnswerClass::Success));
        let quantile = |per_mille| {
            counts.latency.quantile(per_mille).map(|micros| millis(micros.min(counts.slowest_us)))
        };
        Self {
            published: counts.published,
            matched: counts.matched,
            delivered,
            dead_lettered: counts.dead_lettered,
            attempts,
            answers: AnswerCounts {
                success: delivered,
                redirect: counts.answered(AnswerClass::Redirect),
                client_error: counts.answered(AnswerClass::ClientError),
                server_error: counts.answered(AnswerClass::ServerError),
                no_response: counts.answered(AnswerClass::NoResponse),
            },
            success_rate: (attempts > 0).then(|| number(delivered) / number(attempts)),
            latency: quantile(500).zip(quantile(950)).zip(quantile(990)).map(|((p50_ms, p95_ms), p99_ms)| {
                Latency { p50_ms, p95_ms, p99_ms, max_ms: millis(counts.slowest_us) }
            }),
        }
    }
}

fn millis(micros: u64) -> f64 {
    number(micros) / 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "counts and durations for people, far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}
