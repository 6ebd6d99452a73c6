//! Latencies, counted in buckets of at most 3 % width: constant memory, whatever happens.

use serde::{Deserialize, Serialize};

/// Each power of two is divided into this many buckets.
const STEPS: usize = 32;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// More than an hour in microseconds.
const EXPONENTS: usize = 33;

/// Counts microseconds.
#[derive(Debug, Clone)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: u64,
}

/// What a histogram says, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latencies {
    /// How many were counted.
    pub count: u64,
    /// Half were at most this.
    pub p50: u64,
    /// Nine in ten.
    pub p90: u64,
    /// All but one in a hundred.
    pub p99: u64,
    /// All but one in a thousand.
    pub p999: u64,
    /// All of them.
    pub max: u64,
}

impl Latencies {
    /// Of both at once, told too high rather than too low: of each percentile the worse.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            p50: self.p50.max(other.p50),
            p90: self.p90.max(other.p90),
            p99: self.p99.max(other.p99),
            p999: self.p999.max(other.p999),
            max: self.max.max(other.max),
        }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: vec![0; STEPS * EXPONENTS], count: 0, max: 0 }
    }
}

impl Histogram {
    /// Counts one; what is beyond an hour counts as the longest.
    pub fn record(&mut self, micros: u64) {
        let index = bucket_of(micros).min(self.buckets.len() - 1);
        self.buckets[index] += 1;
        self.count += 1;
        self.max = self.max.max(micros);
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: &Self) {
        for (bucket, count) in self.buckets.iter_mut().zip(&other.buckets) {
            *bucket += count;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// The summary.
    pub fn latencies(&self) -> Latencies {
        let at = |per_mille| self.at(per_mille);
        Latencies {
            count: self.count,
            p50: at(500),
            p90: at(900),
            p99: at(990),
            p999: at(999),
            max: self.max,
        }
    }

    /// The upper end of the bucket in which this share of the values lies or below it.
    fn at(&self, per_mille: u64) -> u64 {
        let wanted = (self.count * per_mille).div_ceil(1_000);
        let mut seen = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            seen += count;
            if *count > 0 && seen >= wanted {
                return upper_end(index).min(self.max);
            }
        }
        self.max
    }
}

/// Below `STEPS` each value has a bucket; above, each power of two has `STEPS` of them.
fn bucket_of(micros: u64) -> usize {
    let exponent = micros.max(1).ilog2().saturating_sub(STEP_BITS);
    let step = usize::try_from(micros >> exponent).unwrap_or(usize::MAX);
    (exponent as usize).saturating_mul(STEPS).saturating_add(step)
}

fn upper_end(index: usize) -> u64 {
    if index < 2 * STEPS {
        return index as u64;
    }
    let (exponent, step) = (index / STEPS - 1, index % STEPS + STEPS);
    ((step as u64 + 1) << exponent) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lies_in_a_bucket_that_ends_within_three_percent_of_it() {
        for value in (0..200).chain([1_000, 4_095, 4_096, 4_097, 65_535, 1_000_000, 3_600_000_000]) {
            let end = upper_end(bucket_of(value));
            assert!(end >= value && end <= value + value / 31 + 1, "{value} ended at {end}");
        }
    }

    #[test]
    fn percentiles_are_those_of_the_values() {
        let mut histogram = Histogram::default();
        (1..=1_000).for_each(|value| histogram.record(value * 1_000));
        let found = histogram.latencies();
        assert_eq!((found.count, found.max), (1_000, 1_000_000));
        for (percentile, exact) in [(found.p50, 500_000), (found.p99, 990_000), (found.p999, 999_000)] {
            assert!((exact..=exact + exact / 31).contains(&percentile), "{percentile} for {exact}");
        }
    }

    #[test]
    fn nothing_counted_is_zero() {
        assert_eq!(Histogram::default().latencies(), Latencies::default());
    }
}
