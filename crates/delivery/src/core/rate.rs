//! How many attempts a subscription may start in a second: the generic cell rate algorithm of ITU-T I.371, with so
//! little tolerance that no second sees more than the limit and 2 %.

use std::time::Duration;

use domain::Timestamp;

/// The pace of one subscription.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    /// When the next start would be due if starts were spaced evenly.
    next: Timestamp,
}

impl Pace {
    /// How far ahead of even spacing a start may be, in microseconds: covers the coarseness of timers.
    const TOLERANCE_US: i64 = 20_000;

    /// As if an attempt had started at `last`.
    pub(super) fn behind(last: Timestamp, spacing: Option<Duration>) -> Self {
        Self { next: spacing.map_or(last, |spacing| last.after(spacing)) }
    }

    /// Whether the past no longer matters: a start would be even with what went before.
    pub(super) fn is_even(self, now: Timestamp) -> bool {
        self.next <= now
    }

    /// Takes a start at `now`, or says when one may be taken. Starts lie at least `spacing` apart on average; without it, as close as may be.
    pub(super) fn start(&mut self, now: Timestamp, spacing: Option<Duration>) -> Result<(), Timestamp> {
        let Some(spacing) = spacing else { return Ok(()) };
        let spacing = i64::try_from(spacing.as_micros()).unwrap_or(i64::MAX / 4);
        let furthest = now.as_micros() + spacing + Self::TOLERANCE_US;
        // A clock that was set back must not stall the subscription, today or at the next try.
        let next = self.next.as_micros().min(furthest).max(now.as_micros());
        if next > now.as_micros() + Self::TOLERANCE_US {
            self.next = Timestamp::from_micros(next);
            return Err(Timestamp::from_micros(next - Self::TOLERANCE_US));
        }
        self.next = Timestamp::from_micros(next).after(Duration::from_micros(spacing.unsigned_abs()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_sees_more_than_the_limit_and_two_percent() {
        for rate in [1_u32, 7, 100, 1_000] {
            let mut pace = Pace::default();
            let mut starts = Vec::new();
            for step in 0..3_000_i64 {
                let now = Timestamp::from_micros(1_000_000_000 + step * 1_000);
                while starts.len() < 100_000 && pace.start(now, Some(Duration::from_secs(1) / rate)).is_ok() {
                    starts.push(now);
                }
            }
            let within = |first: usize| {
                starts[first..]
                    .iter()
                    .take_while(|at| at.since(starts[first]).as_micros() < 1_000_000)
                    .count()
            };
            let most = (0..starts.len()).map(within).max().unwrap();
            assert!(most <= rate as usize + rate as usize / 50 + 1, "{most} at {rate}/s");
            assert!(starts.len() >= 3 * rate as usize - 1, "{} at {rate}/s", starts.len());
        }
    }

    #[test]
    fn a_clock_set_back_does_not_stall() {
        let mut pace = Pace::default();
        let late = Timestamp::from_seconds(1_000_000);
        let early = Timestamp::from_seconds(10);
        let ten = Some(Duration::from_millis(100));
        assert!(pace.start(late, ten).is_ok());
        let wait = pace.start(early, ten).unwrap_err();
        assert!(wait.since(early) <= Duration::from_millis(100));
        assert!(pace.start(wait, ten).is_ok(), "what was promised holds");
    }
}
