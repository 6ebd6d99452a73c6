//! The server that is measured, with what it needs to deliver.

use std::fs;

use anyhow::Result;
use serde_json::json;

use hookledger_tests::api::{Api, Subscription};
use hookledger_tests::bench::{EVENT_TYPE, LoadReport};
use hookledger_tests::{Home, Server};

use super::machine::{self, Memory};
use super::process;
use super::results::Disk;

/// The type of the events that nobody wants: publishing them measures publishing alone.
const UNWANTED: &str = "bench.unwanted";

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

    /// Stops it, and says how much it wrote for each of `deliveries`.
    pub(crate) async fn stop(self, deliveries: u64) -> Result<Disk> {
        self.server.stop().await;
        let mut disk = Disk { deliveries, ..Disk::default() };
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
