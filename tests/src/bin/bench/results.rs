//! What was measured.

use serde::Serialize;

use hookledger_tests::bench::{Latencies, LoadReport};

use super::machine::{Machine, Memory};

/// All numbers of a run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    pub(crate) publish: Vec<Publish>,
    pub(crate) relayed: Comparison,
    pub(crate) drained: Comparison,
    /// From publication to receipt at a modest rate.
    pub(crate) latency: Latency,
    /// After that rate, and after everything.
    pub(crate) memory_at_rate: Memory,
    pub(crate) memory_at_end: Memory,
    pub(crate) disk: Disk,
    pub(crate) fan_out: Vec<FanOut>,
    pub(crate) hanging: Hanging,
    pub(crate) burst: Burst,
    pub(crate) backlog: Backlog,
}

/// Deliveries when each event goes to many subscriptions.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct FanOut {
    pub(crate) subscriptions: u32,
    /// Deliveries, not events.
    pub(crate) per_second: f64,
}

/// Deliveries to endpoints that answer, beside others that never do.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Hanging {
    pub(crate) endpoints: u32,
    pub(crate) alone_us: Latencies,
    pub(crate) beside_us: Latencies,
    pub(crate) memory: Memory,
}

/// Deliveries of a tenant that publishes a little, beside one that publishes as much as it can.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Burst {
    /// What the other one reached.
    pub(crate) published_per_second: f64,
    pub(crate) alone_us: Latencies,
    pub(crate) beside_us: Latencies,
}

/// A server for which many deliveries wait.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Backlog {
    pub(crate) deliveries: u64,
    pub(crate) memory: Memory,
    pub(crate) memory_after_restart: Memory,
    /// How many records the views were behind when the server was killed.
    pub(crate) lag_at_kill: u64,
    /// From the start of the process to the first delivery of a new event, with views that far behind.
    pub(crate) restart_behind_ms: u64,
    /// The same with views that had caught up.
    pub(crate) restart_ms: u64,
}

/// Acknowledged publishes, with nobody who wants them.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Publish {
    pub(crate) callers: u32,
    pub(crate) per_second: f64,
    /// From a call to its acknowledgement, in microseconds.
    pub(crate) acknowledged_us: Latencies,
    pub(crate) turned_away: u64,
}

/// Rates of the server and of its yardstick, round by round.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Comparison {
    pub(crate) server_per_second: Vec<f64>,
    pub(crate) yardstick_per_second: Vec<f64>,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Latency {
    pub(crate) per_second: u32,
    pub(crate) received_us: Latencies,
}

/// What was written for the deliveries of a run.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Disk {
    pub(crate) deliveries: u64,
    pub(crate) ledger_bytes: u64,
    pub(crate) views_bytes: u64,
}

impl Publish {
    pub(crate) fn of(callers: u32, report: &LoadReport) -> Self {
        let LoadReport { latency, turned_away, .. } = *report;
        Self { callers, per_second: report.rate(), acknowledged_us: latency, turned_away }
    }
}

impl Comparison {
    pub(crate) fn server(&self) -> f64 {
        median(&self.server_per_second)
    }

    pub(crate) fn yardstick(&self) -> f64 {
        median(&self.yardstick_per_second)
    }

    /// The median over the rounds of what the server reached of its yardstick in that round.
    pub(crate) fn share(&self) -> f64 {
        let rounds = self.server_per_second.iter().zip(&self.yardstick_per_second);
        median(&rounds.map(|(server, yardstick)| server / yardstick).collect::<Vec<_>>())
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_the_median_of_the_rounds_not_of_the_rates() {
        let server_per_second = vec![10.0, 90.0, 30.0];
        let comparison = Comparison { server_per_second, yardstick_per_second: vec![20.0, 100.0, 120.0] };
        assert!((comparison.share() - 0.5).abs() < 1e-9);
        assert!((comparison.server() - 30.0).abs() < 1e-9);
    }
}
