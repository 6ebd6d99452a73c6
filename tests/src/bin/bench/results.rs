//! What was measured.

use serde::Serialize;

use hookledger_tests::bench::{Latencies, LoadReport};

use super::machine::{Machine, Memory};

/// All numbers of a run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    pub(crate) publish: Vec<Publish>,
    /// Acknowledged publishes of the platform's types with their data validated, beside those without.
    pub(crate) validated: Comparison,
    pub(crate) relayed: Comparison,
    pub(crate) drained: Comparison,
    /// From publication to receipt at a modest rate.
    pub(crate) latency: Latency,
    /// Finding who wants an event.
    pub(crate) matching: Matching,
    /// Noting a request that goes out, in nanoseconds.
    pub(crate) journal_ns: f64,
    /// After that rate, and after everything.
    pub(crate) memory_at_rate: Memory,
    pub(crate) memory_at_end: Memory,
    pub(crate) disk: Disk,
    pub(crate) fan_out: Vec<FanOut>,
    pub(crate) hanging: Hanging,
    pub(crate) burst: Burst,
    pub(crate) backlog: Backlog,
    pub(crate) overload: Overload,
}

/// How long it takes to find the ten subscriptions that want an event, in microseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Matching {
    /// There are no others.
    pub(crate) alone: f64,
    /// There are 100,000, which want other types.
    pub(crate) among_types: f64,
    /// There are 100,000, which want this type with another value of a member.
    pub(crate) among_filters: f64,
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

/// Deliveries of a tenant that publishes a little, alone and beside one that publishes much.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Burst {
    pub(crate) alone_us: Latencies,
    /// At several rates of the other one.
    pub(crate) beside: Vec<Beside>,
    /// The same where each of them has a null relay of its own: what sharing the processors costs by itself.
    pub(crate) relayed_alone_us: Latencies,
    pub(crate) relayed_beside: Vec<Beside>,
}

/// Deliveries of the one tenant while the other one publishes.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Beside {
    /// What the other one reached.
    pub(crate) published_per_second: f64,
    pub(crate) us: Latencies,
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

/// A server at which three times as much is published as it may deliver.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Overload {
    /// How many deliveries may wait.
    pub(crate) waiting_max: u64,
    pub(crate) acknowledged: u64,
    /// Calls that were answered with 429 or 503.
    pub(crate) turned_away: u64,
    /// How long it took to have all of them acknowledged.
    pub(crate) seconds: u64,
    /// Must be what was acknowledged.
    pub(crate) received: u64,
    pub(crate) memory: Memory,
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

/// One round of a measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    /// Of each.
    pub(crate) cost: Cost,
    /// From the last acknowledgement to the last receipt, in microseconds: how far deliveries had fallen behind the
    /// publishers. None where nobody publishes what is delivered.
    pub(crate) behind_us: Option<u64>,
}

/// Rates of the server and of its yardstick, and what a delivery cost, round by round.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Comparison {
    pub(crate) server_per_second: Vec<f64>,
    pub(crate) yardstick_per_second: Vec<f64>,
    pub(crate) server_cost: Vec<Cost>,
    pub(crate) yardstick_cost: Vec<Cost>,
    /// How far the server's deliveries had fallen behind when the last event was acknowledged, in microseconds; empty where
    /// they cannot.
    pub(crate) server_behind_us: Vec<u64>,
}

/// The processor time of one delivery, in microseconds. Where everything shares the cores it is what decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct Cost {
    /// Of the server, or of its yardstick.
    pub(crate) sender: f64,
    pub(crate) receiver: f64,
    /// Of whoever publishes meanwhile.
    pub(crate) load: f64,
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
    /// Records in the ledger.
    pub(crate) records: u64,
    /// Transactions of the ledger; each is synced before anybody is answered.
    pub(crate) commits: u64,
}

impl Cost {
    /// Of each of `deliveries`, from what sender, receiver and load used for all of them, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "costs are told in three digits")]
    pub(crate) fn of(deliveries: u64, (sender, receiver): (u64, u64), load: u64) -> Self {
        let each = |micros: u64| micros as f64 / deliveries as f64;
        Self { sender: each(sender), receiver: each(receiver), load: each(load) }
    }
}

impl Measured {
    /// A round in which nothing can fall behind.
    pub(crate) const fn new(per_second: f64, cost: Cost) -> Self {
        Self { per_second, cost, behind_us: None }
    }
}

impl Publish {
    pub(crate) fn of(callers: u32, report: &LoadReport) -> Self {
        let LoadReport { latency, turned_away, .. } = *report;
        Self { callers, per_second: report.rate(), acknowledged_us: latency, turned_away }
    }
}

impl Comparison {
    /// Notes a round of the server.
    pub(crate) fn server(&mut self, measured: Measured) {
        self.server_per_second.push(measured.per_second);
        self.server_cost.push(measured.cost);
        self.server_behind_us.extend(measured.behind_us);
    }

    /// Notes a round of the yardstick.
    pub(crate) fn yardstick(&mut self, measured: Measured) {
        self.yardstick_per_second.push(measured.per_second);
        self.yardstick_cost.push(measured.cost);
    }

    /// The median of the rates of the server and of the yardstick.
    pub(crate) fn rates(&self) -> [f64; 2] {
        [&self.server_per_second, &self.yardstick_per_second].map(|rounds| median(rounds))
    }

    /// The median of what a delivery cost when the server made it, and when the yardstick did.
    pub(crate) fn costs(&self) -> [Cost; 2] {
        [&self.server_cost, &self.yardstick_cost].map(|rounds| {
            let of = |part: fn(&Cost) -> f64| median(&rounds.iter().map(part).collect::<Vec<_>>());
            Cost {
                sender: of(|cost| cost.sender),
                receiver: of(|cost| cost.receiver),
                load: of(|cost| cost.load),
            }
        })
    }

    /// The most that the server's deliveries had fallen behind in a round, in microseconds.
    pub(crate) fn behind_us(&self) -> Option<u64> {
        self.server_behind_us.iter().copied().max()
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
        let yardstick_per_second = vec![20.0, 100.0, 120.0];
        let comparison = Comparison { server_per_second, yardstick_per_second, ..Comparison::default() };
        assert!((comparison.share() - 0.5).abs() < 1e-9);
        assert!((comparison.rates()[0] - 30.0).abs() < 1e-9);
    }
}
