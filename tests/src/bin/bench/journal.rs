//! Noting a request that goes out in the journal of requests under way, by itself: every attempt pays for it before it is
//! sent.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use delivery::{FileJournal, Journal as _, Underway};
use domain::delivery::Trigger;
use domain::{DeliveryId, Position, Sequence, SubscriptionId, Timestamp};
use uuid::Uuid;

use super::subject::CONCURRENCY;

/// Notes of a round; the quickest of the rounds counts, since others can only be disturbed.
const EACH_ROUND: u32 = 20_000;
const ROUNDS: u32 = 10;

/// Nanoseconds for each note, from one thread, in as many slots as requests are under way when deliveries are measured.
pub(crate) fn measure() -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let journal = FileJournal::open(&folder.path().join("inflight"), CONCURRENCY as usize)?;
    let request = |n: u32| Underway {
        delivery: DeliveryId::from_uuid(Uuid::from_u128(n.into())),
        subscription: SubscriptionId::from_uuid(Uuid::from_u128(1)),
        event_position: Position(n.into()),
        number: 1,
        trigger: Trigger::Schedule,
        started_at: Timestamp::from_seconds(1_790_000_000),
        subscription_version: Sequence(1),
        body_sha256: [7; 32],
    };
    let mut quickest = f64::INFINITY;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for n in 0..EACH_ROUND {
            journal.begin((n % CONCURRENCY) as usize, black_box(&request(n)))?;
        }
        quickest = quickest.min(started.elapsed().as_secs_f64() * 1e9 / f64::from(EACH_ROUND));
    }
    Ok(quickest)
}
