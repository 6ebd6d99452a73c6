//! The server that is measured, with what it needs to deliver.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use hookledger_tests::api::{Api, Subscription};
use hookledger_tests::bench::{EVENT_TYPE, LoadReport, cpu_of};
use hookledger_tests::{Home, Server, wait};

use super::machine::{self, Memory};
use super::process;
use super::results::Disk;

/// The type of the events that nobody wants: publishing them measures publishing alone.
const UNWANTED: &str = "bench.unwanted";

/// How long the views may take to catch up.
const SETTLING_MAX: Duration = Duration::from_mins(3);

/// How many attempts are under way at once; the yardsticks use the same number.
pub(crate) const CONCURRENCY: u32 = 64;

/// A server on an empty folder, with one subscription.
pub(crate) struct Subject {
    home: Home,
    server: Server,
    api: Api,
    subscription: Subscription,
}

impl Subject {
    pub(crate) async fn start(receiver: &str) -> Self {
        let (home, server) = Server::start().await;
        let api = server.api();
        api.register([EVENT_TYPE, UNWANTED]).await;
        let subscription = api
            .subscribe(json!({
                "endpoint": receiver,
                "eventTypes": [EVENT_TYPE],
                "limits": { "concurrency": CONCURRENCY },
            }))
            .await;
        Self { home, server, api, subscription }
    }

    /// Publishes events that are delivered.
    pub(crate) async fn publish(&self, events: u64, options: &[&str]) -> Result<LoadReport> {
        publish(&self.api.url("/v1/events"), Some(self.api.token()), events, options).await
    }

    /// Publishes events that nobody wants.
    pub(crate) async fn publish_unwanted(&self, events: u64, options: &[&str]) -> Result<LoadReport> {
        self.publish(events, &[options, &["--event-type", UNWANTED]].concat()).await
    }

    /// Holds deliveries back.
    pub(crate) async fn pause(&self) {
        let input = json!({ "id": self.subscription.id });
        self.api.done("pauseSubscription", "SubscriptionNoteInput", input, "").await;
    }

    /// Lets them go.
    pub(crate) async fn resume(&self) {
        let input = json!({ "id": self.subscription.id });
        self.api.done("resumeSubscription", "SubscriptionInput", input, "").await;
    }

    /// How much memory it uses.
    pub(crate) fn memory(&self) -> Result<Memory> {
        machine::memory_of(self.server.pid())
    }

    /// Waits until the views have folded everything.
    pub(crate) async fn settled(&self) {
        let nothing_missing = async || {
            let answer = self.api.graphql("{ projections { lag } }", json!({})).await;
            answer["projections"].as_array()?.iter().all(|view| view["lag"] == 0).then_some(())
        };
        wait::until_within(SETTLING_MAX, "the views to catch up", nothing_missing).await;
    }

    /// How much processor time it has used, in microseconds.
    pub(crate) fn cpu(&self) -> u64 {
        cpu_of(self.server.pid())
    }

    /// Stops it, and says how much it wrote for each of `deliveries`.
    pub(crate) async fn stop(self, deliveries: u64) -> Result<Disk> {
        let metrics = self.api.get("/metrics").send().await?.text().await?;
        self.server.stop().await;
        let (records, commits) = (
            sample(&metrics, "hookledger_ledger_head"),
            sample(&metrics, "hookledger_ledger_group_records_count"),
        );
        let mut disk = Disk { deliveries, records, commits, ..Disk::default() };
        for entry in fs::read_dir(self.home.data())? {
            let entry = entry?;
            let bytes = entry.metadata()?.len();
            let name = entry.file_name();
            match name.to_string_lossy().as_ref() {
                name if name.starts_with("ledger.db") => disk.ledger_bytes += bytes,
                name if name.starts_with("views.db") => disk.views_bytes += bytes,
                _ => {}
            }
        }
        Ok(disk)
    }
}

/// The whole number that a metric without labels stands at.
fn sample(metrics: &str, name: &str) -> u64 {
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

/// Has the load publish to `url`.
pub(crate) async fn publish(
    url: &str,
    token: Option<&str>,
    events: u64,
    options: &[&str],
) -> Result<LoadReport> {
    let events = events.to_string();
    let mut arguments = vec!["--url", url, "--events", &events];
    if let Some(token) = token {
        arguments.extend(["--token", token]);
    }
    arguments.extend(options);
    process::run("load", &arguments).await
}
