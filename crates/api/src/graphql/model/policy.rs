//! When failed attempts are followed by others, and how hard an endpoint is pressed.

use async_graphql::{Object, SimpleObject};
use domain::policy::{Backoff as DomainBackoff, Limits as DomainLimits, RetryPolicy as DomainPolicy};

/// When a failed attempt is followed by another.
pub(crate) struct RetryPolicy(pub(crate) DomainPolicy);

/// Waits that grow.
#[derive(SimpleObject)]
struct ExponentialBackoff {
    /// The wait before the second attempt, in milliseconds.
    base_ms: u64,
    /// What each wait is multiplied with, in percent: 200 doubles.
    factor_percent: u32,
    /// The longest wait, in milliseconds.
    cap_ms: u64,
}

/// How long to wait before each attempt after the first: one of the two.
#[derive(SimpleObject)]
struct Backoff {
    /// Each wait is a multiple of the one before.
    exponential: Option<ExponentialBackoff>,
    /// The waits one by one, in milliseconds.
    delays_ms: Option<Vec<u64>>,
}

/// A planned attempt of a delivery that keeps failing.
#[derive(SimpleObject)]
struct RetryStep {
    /// Which attempt it is, from 1.
    attempt: u32,
    /// How long after the attempt before it, in seconds, before chance adds to it; 0 for the first.
    wait_seconds: f64,
    /// How long after the first attempt, in seconds, if every attempt takes no time and chance adds nothing.
    elapsed_seconds: f64,
}

/// When a failed attempt is followed by another.
#[Object]
impl RetryPolicy {
    /// How long to wait before each attempt after the first.
    async fn backoff(&self) -> Backoff {
        match self.0.backoff() {
            DomainBackoff::Exponential { base_ms, factor_percent, cap_ms } => {
                let (base_ms, factor_percent, cap_ms) = (*base_ms, *factor_percent, *cap_ms);
                Backoff {
                    exponential: Some(ExponentialBackoff { base_ms, factor_percent, cap_ms }),
                    delays_ms: None,
                }
            }
            DomainBackoff::Delays(delays) => Backoff { exponential: None, delays_ms: Some(delays.clone()) },
        }
    }

    /// How many attempts there are in all, the first included.
    async fn attempts_max(&self) -> u32 {
        self.0.attempts_max()
    }

    /// No retry is planned later than this after the event was accepted, in seconds.
    async fn window_seconds(&self) -> u64 {
        self.0.window_ms() / 1_000
    }

    /// How much chance adds to each wait at most, in percent of it.
    async fn jitter_percent(&self) -> u32 {
        self.0.jitter_percent()
    }

    /// Statuses that no retry can change: such a delivery becomes a dead letter at once.
    async fn final_statuses(&self) -> &[u16] {
        self.0.final_statuses()
    }

    /// What the policy comes to, attempt by attempt, for a delivery that keeps failing.
    #[graphql(complexity = "crate::graphql::connection::times(100, child_complexity)")]
    async fn schedule(&self) -> Vec<RetryStep> {
        let (mut steps, mut elapsed_ms) = (Vec::new(), 0_u64);
        for attempt in 1..=self.0.attempts_max() {
            let wait_ms = if attempt == 1 { 0 } else { self.0.delay_ms(attempt - 1) };
            elapsed_ms = elapsed_ms.saturating_add(wait_ms);
            if elapsed_ms > self.0.window_ms() {
                break;
            }
            steps.push(RetryStep {
                attempt,
                wait_seconds: seconds(wait_ms),
                elapsed_seconds: seconds(elapsed_ms),
            });
        }
        steps
    }
}

#[expect(clippy::cast_precision_loss, reason = "the waits of a policy lie far below 2^53 ms")]
fn seconds(millis: u64) -> f64 {
    millis as f64 / 1_000.0
}

/// How hard an endpoint may be pressed.
#[derive(SimpleObject)]
pub(crate) struct Limits {
    /// How many attempts may be under way at once.
    concurrency: u32,
    /// How many attempts may start in a second; as many as may be, if none.
    rate_per_second: Option<u32>,
    /// How long an attempt may take from its start to the end of the response, in milliseconds.
    timeout_ms: u64,
}

impl From<DomainLimits> for Limits {
    fn from(limits: DomainLimits) -> Self {
        Self {
            concurrency: limits.concurrency(),
            rate_per_second: limits.rate_per_second(),
            timeout_ms: limits.timeout_ms(),
        }
    }
}
