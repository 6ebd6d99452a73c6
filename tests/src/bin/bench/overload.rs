//! Publishing at three times what can be delivered, until as much waits as may wait and beyond: publishers are held back,
//! memory is bounded, and everything that was acknowledged arrives.

use std::fs;

use anyhow::{Context as _, Result};
use serde_json::json;

use hookledger_tests::Home;

use super::machine;
use super::process::Receiver;
use super::results::Overload;
use super::subject::publish;

/// What is published.
const WANTED: &str = "bench.wanted";
/// Deliveries a second that the subscription allows.
const CAPACITY: u32 = 1_000;
/// Events a second that are published, as long as nobody is held back.
const RATE: &str = "3000";

/// Publishes so many events, of which a third may wait.
pub(crate) async fn overload(receiver: &Receiver, events: u64) -> Result<Overload> {
    let home = Home::new();
    let file = home.path().join("limits.toml");
    let waiting_max = events / 3;
    fs::write(&file, format!("[limits]\ndeliveries_waiting_per_tenant = {waiting_max}\n"))?;
    let server = home
        .start_with(&["--config", file.to_str().context("the path of a temporary folder is text")?])
        .await;
    let api = server.api();
    api.register([WANTED]).await;
    let limits = json!({ "ratePerSecond": CAPACITY, "concurrency": 64 });
    api.subscribe(json!({ "endpoint": receiver.url(), "eventTypes": [WANTED], "limits": limits })).await;
    receiver.forget().await?;
    let options = ["--callers", "64", "--rate", RATE, "--event-type", WANTED];
    let report = publish(&api.url("/v1/events"), Some(api.token()), events, &options).await?;
    let arrived = receiver.wait_for(report.acknowledged).await?;
    let memory = machine::memory_of(server.pid())?;
    receiver.forget().await?;
    server.stop().await;
    let (acknowledged, turned_away) = (report.acknowledged, report.turned_away);
    let seconds = (report.ended_us - report.started_us) / 1_000_000;
    Ok(Overload { waiting_max, acknowledged, turned_away, seconds, received: arrived.received, memory })
}
