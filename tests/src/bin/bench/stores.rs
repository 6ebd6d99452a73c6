//! The same measurements of servers that keep what they are told in different places: in files, in PostgreSQL, and in
//! PostgreSQL with two nodes.
//!
//! PostgreSQL runs on this machine too, with every commit synced, and shares its cores. All of them are measured in turns,
//! in the same rounds as the yardsticks.

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::cluster::{Cluster, Work};
use super::measure::{self, Plan, say};
use super::process::Receiver;
use super::results::{Comparison, Latency, Publish};
use super::subject::Subject;

/// How many callers publish what nobody wants.
const CALLERS: u32 = 64;

/// What was measured of a store.
#[derive(Debug, Serialize)]
pub(crate) struct Numbers {
    pub(crate) name: &'static str,
    pub(crate) publish: Publish,
    pub(crate) latency: Latency,
    pub(crate) relayed: Comparison,
    pub(crate) drained: Comparison,
    /// What the database did for publish → delivered; none with files.
    pub(crate) relayed_work: Option<Work>,
    /// What it did for draining.
    pub(crate) drained_work: Option<Work>,
    /// Bytes on disk for each delivery, without the database's log of changes, of a store that has nothing but events
    /// of which each is delivered once.
    pub(crate) bytes: f64,
}

/// A server under measurement, and what is known of it so far.
struct Store {
    subject: Subject,
    cluster: Option<Cluster>,
    numbers: Numbers,
}

/// What is compared, and on how many nodes of a database; on none with files.
const KINDS: [(&str, usize); 3] = [("files", 0), ("PostgreSQL, one node", 1), ("PostgreSQL, two nodes", 2)];

/// Measures all of them.
pub(crate) async fn compare(plan: &Plan, receiver: &Receiver) -> Result<Vec<Numbers>> {
    let mut stores = Vec::new();
    for (name, nodes) in KINDS {
        stores.push(Store::open(name, nodes, plan, receiver).await?);
    }
    let yardsticks = measure::Yardsticks::start(receiver)?;
    for round in 1..=plan.rounds {
        for store in &mut stores {
            let of = format!("{}, round {round} of {}", store.numbers.name, plan.rounds);
            say(&format!("publish → delivered, {} events, {of}", plan.relayed))?;
            store.relay(plan, receiver).await?;
            store.numbers.relayed.yardstick(yardsticks.relay(plan, receiver).await?);
            say(&format!("draining a backlog of {} events, {of}", plan.drained))?;
            store.drain(plan, receiver).await?;
            store.numbers.drained.yardstick(yardsticks.post(plan, receiver).await?);
            receiver.forget().await?;
        }
    }
    let mut numbers = Vec::new();
    for (Store { subject, numbers: mut own, .. }, (name, nodes)) in stores.into_iter().zip(KINDS) {
        subject.stop(0).await?;
        say(&format!("what {} delivered events need on disk, {name}", plan.relayed))?;
        own.bytes = bytes_each(nodes, plan, receiver).await?;
        numbers.push(own);
    }
    Ok(numbers)
}

/// A server on files if there are no `nodes` on a database.
async fn open(nodes: usize, receiver: &Receiver) -> Result<(Subject, Option<Cluster>)> {
    let url = receiver.url();
    if nodes == 0 {
        return Ok((Subject::start(&url).await, None));
    }
    let cluster = Cluster::start().await.context("PostgreSQL 18 was not found: run `cargo xtask assets`")?;
    Ok((Subject::on(cluster.home().await, nodes, &url).await, Some(cluster)))
}

/// What a fresh store grows by for each event that is published and delivered once. An empty database has some megabytes of
/// its own, empty files next to nothing.
async fn bytes_each(nodes: usize, plan: &Plan, receiver: &Receiver) -> Result<f64> {
    let (subject, cluster) = open(nodes, receiver).await?;
    let before = bytes_of(cluster.as_ref()).await;
    measure::publish_and_deliver(plan, receiver, &subject).await?;
    receiver.forget().await?;
    // A database goes with its nodes.
    let after = bytes_of(cluster.as_ref()).await;
    let disk = subject.stop(plan.relayed).await?;
    let in_database = after.zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(measure::each(in_database.unwrap_or(disk.ledger_bytes + disk.views_bytes), plan.relayed))
}

async fn bytes_of(cluster: Option<&Cluster>) -> Option<u64> {
    match cluster {
        Some(cluster) => Some(cluster.bytes().await),
        None => None,
    }
}

impl Store {
    /// Opens it, and measures what needs no yardstick.
    async fn open(name: &'static str, nodes: usize, plan: &Plan, receiver: &Receiver) -> Result<Self> {
        let (subject, cluster) = open(nodes, receiver).await?;
        say(&format!("publishing, {name}"))?;
        let (_, events) =
            plan.publish.iter().find(|(callers, _)| *callers == CALLERS).copied().unwrap_or_default();
        let report = subject.publish_unwanted(events, &["--callers", &CALLERS.to_string()]).await?;
        let publish = Publish::of(CALLERS, &report);
        let latency = measure::latency_of(plan, receiver, &subject).await?;
        let numbers = Numbers {
            name,
            publish,
            latency,
            relayed: Comparison::default(),
            drained: Comparison::default(),
            relayed_work: None,
            drained_work: None,
            bytes: 0.0,
        };
        subject.settled().await;
        Ok(Self { subject, cluster, numbers })
    }

    async fn relay(&mut self, plan: &Plan, receiver: &Receiver) -> Result<()> {
        let before = self.work().await;
        self.numbers.relayed.server(measure::publish_and_deliver(plan, receiver, &self.subject).await?);
        self.numbers.relayed_work = self.work_since(before, plan.relayed).await;
        Ok(())
    }

    async fn drain(&mut self, plan: &Plan, receiver: &Receiver) -> Result<()> {
        let before = self.work().await;
        self.numbers.drained.server(measure::drain(plan, receiver, &self.subject).await?);
        self.numbers.drained_work = self.work_since(before, plan.drained).await;
        Ok(())
    }

    async fn work(&self) -> Option<Work> {
        match &self.cluster {
            Some(cluster) => Some(cluster.work().await),
            None => None,
        }
    }

    async fn work_since(&self, before: Option<Work>, deliveries: u64) -> Option<Work> {
        Some(self.work().await?.since(&before?, deliveries))
    }
}
