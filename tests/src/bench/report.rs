//! What the programs tell the one that started them, as JSON.

use serde::{Deserialize, Serialize};

use super::Latencies;

/// What a publisher did.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct LoadReport {
    /// Acknowledged events.
    pub acknowledged: u64,
    /// Calls that were turned away with 429 or 503, and made again.
    pub turned_away: u64,
    /// When the first call was made, in microseconds since the Unix epoch.
    pub started_us: u64,
    /// When the last one was acknowledged.
    pub ended_us: u64,
    /// From a call to its acknowledgement, in microseconds.
    pub latency: Latencies,
    /// The processor time of the publisher, in microseconds.
    pub cpu_us: u64,
}

/// What the bare client did.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ClientReport {
    /// Answered requests a second.
    pub per_second: f64,
    /// The processor time of the client, in microseconds.
    pub cpu_us: u64,
}

impl LoadReport {
    /// Both of two publishers that ran at once; of their latencies the worse.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            acknowledged: self.acknowledged + other.acknowledged,
            turned_away: self.turned_away + other.turned_away,
            started_us: self.started_us.min(other.started_us),
            ended_us: self.ended_us.max(other.ended_us),
            latency: self.latency.worse(other.latency),
            cpu_us: self.cpu_us + other.cpu_us,
        }
    }

    /// Acknowledged events a second.
    pub fn rate(&self) -> f64 {
        per_second(self.acknowledged, self.started_us, self.ended_us)
    }
}

/// What a receiver got since it was last asked to forget.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct ReceiverReport {
    /// Requests.
    pub received: u64,
    /// When the first arrived, in microseconds since the Unix epoch; 0 if none did.
    pub first_us: u64,
    /// When the last arrived.
    pub last_us: u64,
    /// From publication to arrival, in microseconds.
    pub latency: Latencies,
}

/// Events a second between two instants in microseconds.
#[expect(clippy::cast_precision_loss, reason = "rates are told in three digits")]
pub fn per_second(events: u64, from_us: u64, to_us: u64) -> f64 {
    events as f64 * 1_000_000.0 / to_us.saturating_sub(from_us).max(1) as f64
}
