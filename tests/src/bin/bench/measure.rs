//! The measurements, one after the other, so that none disturbs another.

use std::io::{self, Write as _};

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use hookledger_tests::bench::{ClientReport, per_second};
use hookledger_tests::clock::unix_micros;

use super::machine::{Machine, Memory};
use super::process::{self, Background, Receiver};
use super::results::{Comparison, Cost, Disk, FanOut, Latency, Measured, Publish, Results};
use super::subject::{self, CONCURRENCY, Subject};
use super::{backlog, burst, crowd, journal, matching, overload, validating};

/// How much to measure. Counts are events.
pub(crate) struct Plan {
    /// Publishes for each number of callers: one caller waits for the disk each time, so it makes fewer.
    pub(crate) publish: &'static [(u32, u64)],
    pub(crate) relayed: u64,
    pub(crate) drained: u64,
    validated: u64,
    latency_seconds: u32,
    pub(crate) rounds: u32,
    /// Deliveries of each fan-out.
    fanned_out: u64,
    hanging: u32,
    backlog: u64,
    overload: u64,
}

impl Plan {
    pub(crate) const FULL: Self = Self {
        publish: &[(1, 4_000), (64, 100_000), (512, 100_000)],
        relayed: 60_000,
        drained: 60_000,
        validated: 60_000,
        latency_seconds: 20,
        rounds: 3,
        fanned_out: 60_000,
        hanging: 1_000,
        backlog: 1_000_000,
        overload: 150_000,
    };
    pub(crate) const QUICK: Self = Self {
        publish: &[(1, 500), (64, 15_000), (512, 15_000)],
        relayed: 10_000,
        drained: 10_000,
        validated: 10_000,
        latency_seconds: 5,
        rounds: 1,
        fanned_out: 10_000,
        hanging: 200,
        backlog: 50_000,
        overload: 15_000,
    };
}

/// A measurement that can be made by itself.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Part {
    /// Publish to delivered, and draining a backlog, beside their yardsticks.
    Delivering,
    /// Latency at a modest rate.
    Latency,
    /// One event to many subscriptions.
    FanOut,
    /// Finding who wants an event.
    Matching,
    /// Noting a request that goes out, by itself.
    Journal,
    /// Endpoints that answer beside some that hang.
    Hanging,
    /// A quiet tenant beside a busy one.
    Burst,
    /// Many deliveries for an endpoint that is dead, and restarts.
    Backlog,
    /// Publishing with and without validation.
    Validating,
    /// Publishing at three times what can be delivered.
    Overload,
}

/// The modest rate at which latency is measured.
const RATE_PER_SECOND: u32 = 100;

/// To how many subscriptions an event goes when fan-out is measured.
const FAN_OUTS: [u32; 3] = [1, 10, 1_000];

/// How publishers behave when deliveries are measured: so many that the server and its yardstick always have work. Of 64
/// all may wait for the disk at the same moment.
const PUBLISHERS: &[&str] = &["--callers", "256"];

/// How a backlog is made: in large calls, since only its draining is measured.
const BACKLOG_PUBLISHERS: &[&str] = &["--callers", "4", "--batch", "200"];

/// Runs the plan.
pub(crate) async fn all(plan: &Plan) -> Result<Results> {
    let receiver = Receiver::start()?;
    let publish = publishing(plan, &receiver).await?;
    let (latency, memory_at_rate) = latency(plan, &receiver).await?;
    let (relayed, drained, memory_at_end, disk) = delivering(plan, &receiver).await?;
    let fan_out = fanning_out(plan, &receiver).await?;
    say(&format!("{} endpoints that hang beside some that answer", plan.hanging))?;
    let hanging = crowd::hanging(&receiver, plan.hanging, plan.latency_seconds).await?;
    say("a tenant that publishes a little beside one that publishes as much as it can")?;
    let burst = burst::burst(&receiver, plan.latency_seconds).await?;
    say(&format!("{} deliveries for an endpoint that is dead", plan.backlog))?;
    let backlog = backlog::backlog(&receiver, plan.backlog).await?;
    say("publishing at three times what can be delivered")?;
    let overload = overload::overload(&receiver, plan.overload).await?;
    say("publishing events that are validated, and some that are not")?;
    let validated = validating::validating(plan.validated, plan.rounds).await?;
    say("finding who wants an event")?;
    let matching = matching::measure();
    say("noting requests that go out")?;
    let journal_ns = journal::measure()?;
    let machine = Machine::here();
    Ok(Results {
        machine,
        publish,
        validated,
        relayed,
        drained,
        latency,
        matching,
        journal_ns,
        memory_at_rate,
        memory_at_end,
        disk,
        fan_out,
        hanging,
        burst,
        backlog,
        overload,
    })
}

/// Runs one measurement of the plan, and gives its numbers.
pub(crate) async fn only(part: Part, plan: &Plan) -> Result<serde_json::Value> {
    let receiver = Receiver::start()?;
    Ok(match part {
        Part::Delivering => {
            let (relayed, drained, memory, disk) = delivering(plan, &receiver).await?;
            serde_json::json!({ "relayed": relayed, "drained": drained, "memory": memory, "disk": disk })
        }
        Part::Latency => serde_json::to_value(latency(plan, &receiver).await?)?,
        Part::FanOut => serde_json::to_value(fanning_out(plan, &receiver).await?)?,
        Part::Matching => serde_json::to_value(matching::measure())?,
        Part::Journal => serde_json::json!({ "journal_ns": journal::measure()? }),
        Part::Hanging => {
            serde_json::to_value(crowd::hanging(&receiver, plan.hanging, plan.latency_seconds).await?)?
        }
        Part::Burst => serde_json::to_value(burst::burst(&receiver, plan.latency_seconds).await?)?,
        Part::Validating => {
            serde_json::to_value(validating::validating(plan.validated, plan.rounds.max(3)).await?)?
        }
        Part::Overload => serde_json::to_value(overload::overload(&receiver, plan.overload).await?)?,
        Part::Backlog => serde_json::to_value(backlog::backlog(&receiver, plan.backlog).await?)?,
    })
}

async fn fanning_out(plan: &Plan, receiver: &Receiver) -> Result<Vec<FanOut>> {
    let mut measured = Vec::new();
    for subscriptions in FAN_OUTS {
        say(&format!("one event to {subscriptions} subscriptions"))?;
        measured.push(crowd::fan_out(receiver, subscriptions, plan.fanned_out).await?);
    }
    Ok(measured)
}

async fn publishing(plan: &Plan, receiver: &Receiver) -> Result<Vec<Publish>> {
    let subject = Subject::start(&receiver.url()).await;
    let mut measured = Vec::new();
    for &(callers, events) in plan.publish {
        say(&format!("publishing {events} events with {callers} callers"))?;
        let report = subject.publish_unwanted(events, &["--callers", &callers.to_string()]).await?;
        measured.push(Publish::of(callers, &report));
    }
    Ok(measured)
}

async fn latency(plan: &Plan, receiver: &Receiver) -> Result<(Latency, Memory)> {
    say(&format!("publishing {RATE_PER_SECOND} events/s for {} s", plan.latency_seconds))?;
    let subject = Subject::start(&receiver.url()).await;
    Ok((latency_of(plan, receiver, &subject).await?, subject.memory()?))
}

/// From publication to receipt at a modest rate.
pub(crate) async fn latency_of(plan: &Plan, receiver: &Receiver, subject: &Subject) -> Result<Latency> {
    let rate = RATE_PER_SECOND.to_string();
    let options = ["--callers", "8", "--rate", &rate];
    // The first second is not counted: connections are made then.
    subject.publish(RATE_PER_SECOND.into(), &options).await?;
    receiver.wait_for(RATE_PER_SECOND.into()).await?;
    receiver.forget().await?;
    let events = u64::from(RATE_PER_SECOND) * u64::from(plan.latency_seconds);
    subject.publish(events, &options).await?;
    let received_us = receiver.wait_for(events).await?.latency;
    receiver.forget().await?;
    Ok(Latency { per_second: RATE_PER_SECOND, received_us })
}

async fn delivering(plan: &Plan, receiver: &Receiver) -> Result<(Comparison, Comparison, Memory, Disk)> {
    let subject = Subject::start(&receiver.url()).await;
    let yardsticks = Yardsticks::start(receiver)?;
    let (mut relayed, mut drained) = (Comparison::default(), Comparison::default());
    for round in 1..=plan.rounds {
        let of = format!("round {round} of {}", plan.rounds);
        say(&format!("publish → delivered, {} events, {of}", plan.relayed))?;
        relayed.server(publish_and_deliver(plan, receiver, &subject).await?);
        relayed.yardstick(yardsticks.relay(plan, receiver).await?);
        say(&format!("draining a backlog of {} events, {of}", plan.drained))?;
        drained.server(drain(plan, receiver, &subject).await?);
        drained.yardstick(yardsticks.post(plan, receiver).await?);
        receiver.forget().await?;
    }
    let memory = subject.memory()?;
    let deliveries = u64::from(plan.rounds) * (plan.relayed + plan.drained);
    Ok((relayed, drained, memory, subject.stop(deliveries).await?))
}

/// Events a second from the first call to the last receipt.
pub(crate) async fn publish_and_deliver(
    plan: &Plan,
    receiver: &Receiver,
    subject: &Subject,
) -> Result<Measured> {
    receiver.forget().await?;
    let before = (subject.cpu(), receiver.cpu());
    let load = subject.publish(plan.relayed, PUBLISHERS).await?;
    let arrived = receiver.wait_for(plan.relayed).await?;
    // What the views still have to fold is part of the cost, although nobody waited for it.
    subject.settled().await;
    let used = (subject.cpu() - before.0, receiver.cpu() - before.1);
    let rate = per_second(plan.relayed, load.started_us, arrived.last_us);
    let behind_us = Some(arrived.last_us.saturating_sub(load.ended_us));
    Ok(Measured { behind_us, ..Measured::new(rate, Cost::of(plan.relayed, used, load.cpu_us)) })
}

/// Events a second from the call that lets them go to the last receipt. The views know of all of them before.
pub(crate) async fn drain(plan: &Plan, receiver: &Receiver, subject: &Subject) -> Result<Measured> {
    subject.pause().await;
    receiver.forget().await?;
    subject.publish(plan.drained, BACKLOG_PUBLISHERS).await?;
    // What folding the backlog itself costs is no part of draining it.
    subject.settled().await;
    let before = (subject.cpu(), receiver.cpu());
    let started_us = unix_micros();
    subject.resume().await;
    let arrived = receiver.wait_for(plan.drained).await?;
    subject.settled().await;
    let used = (subject.cpu() - before.0, receiver.cpu() - before.1);
    let rate = per_second(plan.drained, started_us, arrived.last_us);
    Ok(Measured::new(rate, Cost::of(plan.drained, used, 0)))
}

/// What the server is compared with.
pub(crate) struct Yardsticks {
    relay: Background,
    sending: [String; 6],
}

/// Starts a null relay.
pub(crate) fn null_relay(receiver: &Receiver) -> Result<Background> {
    Background::start("null-relay", &sending(receiver).each_ref().map(String::as_str))
}

/// What both yardsticks are told.
fn sending(receiver: &Receiver) -> [String; 6] {
    let secret = format!("whsec_{}", STANDARD.encode([7; 32]));
    let concurrency = CONCURRENCY.to_string();
    ["--receiver", &receiver.url(), "--secret", &secret, "--concurrency", &concurrency].map(str::to_owned)
}

impl Yardsticks {
    /// Starts the null relay.
    pub(crate) fn start(receiver: &Receiver) -> Result<Self> {
        Ok(Self { relay: null_relay(receiver)?, sending: sending(receiver) })
    }

    /// Publish → delivered through the null relay.
    pub(crate) async fn relay(&self, plan: &Plan, receiver: &Receiver) -> Result<Measured> {
        receiver.forget().await?;
        let before = (self.relay.cpu(), receiver.cpu());
        let load = subject::publish(&self.relay.url("/v1/events"), None, plan.relayed, PUBLISHERS).await?;
        let arrived = receiver.wait_for(plan.relayed).await?;
        let used = (self.relay.cpu() - before.0, receiver.cpu() - before.1);
        let rate = per_second(plan.relayed, load.started_us, arrived.last_us);
        Ok(Measured::new(rate, Cost::of(plan.relayed, used, load.cpu_us)))
    }

    /// Requests a second of the bare client.
    pub(crate) async fn post(&self, plan: &Plan, receiver: &Receiver) -> Result<Measured> {
        let before = receiver.cpu();
        let requests = plan.drained.to_string();
        let sending: Vec<_> = self.sending.iter().map(String::as_str).collect();
        let report: ClientReport =
            process::run("bare-client", &[&sending, &["--requests", &requests][..]].concat()).await?;
        let used = (report.cpu_us, receiver.cpu() - before);
        Ok(Measured::new(report.per_second, Cost::of(plan.drained, used, 0)))
    }
}

/// What each of `count` has of `whole`.
#[expect(clippy::cast_precision_loss, reason = "shares are told in a few digits")]
pub(crate) fn each(whole: u64, count: u64) -> f64 {
    whole as f64 / count.max(1) as f64
}

pub(crate) fn say(text: &str) -> Result<()> {
    Ok(writeln!(io::stderr(), "   {text}")?)
}
