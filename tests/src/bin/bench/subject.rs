//! The server that is measured, with what it needs to deliver.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use futures_util::future::try_join_all;
use serde_json::json;

use hookledger_tests::api::{Api, Subscription};
use hookledger_tests::bench::{EVENT_TYPE, LoadReport, cpu_of};
use hookledger_tests::{Home, Launch, Server, wait};

use super::machine::{self, Memory};
use super::process;
use super::results::Disk;

/// The type of the events that nobody wants: publishing them measures publishing alone.
const UNWANTED: &str = "bench.unwanted";

/// How long the views may take to catch up.
const SETTLING_MAX: Duration = Duration::from_mins(3);

/// How many attempts are under way at once; the yardsticks use the same number.
pub(crate) const CONCURRENCY: u32 = 64;

/// All nodes have the same.
const MASTER_KEY: (&str, &str) =
    ("HOOKLEDGER_MASTER_KEY", "hkmk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");

/// A server on an empty folder, or some nodes on an empty database, with one subscription.
pub(crate) struct Subject {
    home: Home,
    /// The first of them delivers.
    server: Server,
    /// Those that only publish.
    others: Vec<(Home, Server)>,
    api: Api,
    subscription: Subscription,
}

impl Subject {
    pub(crate) async fn start(receiver: &str) -> Self {
        Self::on(Home::new(), 1, receiver).await
    }

    /// So many nodes at `home`.
    pub(crate) async fn on(home: Home, nodes: usize, receiver: &str) -> Self {
        let server = start(&home, None).await;
        let mut others = Vec::new();
        for _ in 1..nodes {
            let beside = home.beside();
            let node = start(&beside, Some(server.token())).await;
            others.push((beside, node));
        }
        let api = server.api();
        api.register([EVENT_TYPE, UNWANTED]).await;
        let subscription = api
            .subscribe(json!({
                "endpoint": receiver,
                "eventTypes": [EVENT_TYPE],
                "limits": { "concurrency": CONCURRENCY },
            }))
            .await;
        let subject = Self { home, server, others, api, subscription };
        subject.known().await;
        subject
    }

    /// Publishes events that are delivered.
    pub(crate) async fn publish(&self, events: u64, options: &[&str]) -> Result<LoadReport> {
        let urls = self.apis().map(|api| api.url("/v1/events")).collect::<Vec<_>>();
        let (first, rest) = urls.split_first().expect("there is a node");
        let each = events / urls.len() as u64;
        let token = Some(self.api.token());
        let own = publish(first, token, events - each * rest.len() as u64, options);
        let elsewhere = rest.iter().map(|url| publish(url, token, each, options));
        let (own, elsewhere) = futures_util::future::join(own, try_join_all(elsewhere)).await;
        Ok(elsewhere?.into_iter().fold(own?, LoadReport::with))
    }

    fn apis(&self) -> impl Iterator<Item = Api> {
        std::iter::once(&self.server).chain(self.others.iter().map(|(_, server)| server)).map(Server::api)
    }

    /// Waits until every node has heard of the subscription.
    async fn known(&self) {
        for api in self.apis() {
            wait::until_true("every node to hear of the subscription", async || {
                !api.subscription(&self.subscription.id, "id").await.is_null()
            })
            .await;
        }
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
        let others: u64 = self.others.iter().map(|(_, server)| cpu_of(server.pid())).sum();
        cpu_of(self.server.pid()) + others
    }

    /// Stops it, and says how much it wrote for each of `deliveries`.
    pub(crate) async fn stop(self, deliveries: u64) -> Result<Disk> {
        let metrics = self.api.get("/metrics").send().await?.text().await?;
        for (_, server) in self.others {
            server.stop().await;
        }
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

/// A node; `token` is the key from the first one's start.
async fn start(home: &Home, token: Option<&str>) -> Server {
    let environment = vec![(MASTER_KEY.0.to_owned(), MASTER_KEY.1.to_owned())];
    let mut server = home.launch(&Launch { environment, ..Launch::default() });
    assert!(server.ready_or_ended().await.is_ok(), "the server starts:\n{}", server.output().text());
    let token =
        token.map_or_else(|| server.shown_token().expect("the first start shows a key"), str::to_owned);
    server.use_token(&token);
    server
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
