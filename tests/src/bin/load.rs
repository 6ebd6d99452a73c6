//! The publisher of the benchmark: so many callers, each with one connection, each waiting for its
//! acknowledgement before its next call. Prints what happened as one line of JSON.

use std::cell::Cell;
use std::io::Write as _;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, bail};
use bytes::Bytes;
use clap::Parser;
use http::{Method, StatusCode, Uri};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::Instant;

use hookledger_tests::bench::{self, Connection, Histogram, LoadReport};
use hookledger_tests::clock::unix_micros;

/// How long a caller waits after it was turned away.
const TURNED_AWAY_WAIT: Duration = Duration::from_millis(10);

/// Publishes events and measures their acknowledgement.
#[derive(Parser, Clone)]
struct Options {
    /// Where to publish.
    #[arg(long)]
    url: Uri,
    /// The API key.
    #[arg(long)]
    token: Option<String>,
    /// The type of the events.
    #[arg(long, default_value = bench::EVENT_TYPE)]
    event_type: String,
    /// A file with events to publish in turn, one on each line, instead of the measured one.
    #[arg(long, value_name = "FILE")]
    events_from: Option<PathBuf>,
    /// How many callers there are.
    #[arg(long, default_value_t = 64)]
    callers: u32,
    /// How many events to publish in all.
    #[arg(long)]
    events: u64,
    /// How many events go into one call.
    #[arg(long, default_value_t = 1)]
    batch: u64,
    /// How many calls are made in a second at most, over all callers.
    #[arg(long)]
    rate: Option<u32>,
}

/// What all callers share.
struct Work {
    options: Options,
    /// What is published in turn; nothing: the measured event.
    given: Vec<String>,
    remaining: Cell<u64>,
    started: Instant,
}

#[derive(Default)]
struct Tally {
    acknowledged: u64,
    turned_away: u64,
    latency: Histogram,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let report = LocalSet::new().run_until(publish_all(Options::parse())).await?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&report)?)?;
    Ok(())
}

async fn publish_all(options: Options) -> Result<LoadReport> {
    let mut connections = Vec::new();
    for _ in 0..options.callers {
        connections.push(Connection::open(&options.url, options.token.as_deref()).await?);
    }
    let remaining = Cell::new(options.events);
    let given = match &options.events_from {
        Some(file) => std::fs::read_to_string(file)?.lines().map(str::to_owned).collect(),
        None => Vec::new(),
    };
    let work = Rc::new(Work { options, given, remaining, started: Instant::now() });
    let started_us = unix_micros();
    let mut callers = JoinSet::new();
    for (place, connection) in (0..).zip(connections) {
        callers.spawn_local(call(Rc::clone(&work), place, connection));
    }
    let mut total = Tally::default();
    while let Some(tally) = callers.join_next().await {
        total.add(&tally??);
    }
    let Tally { acknowledged, turned_away, latency } = total;
    Ok(LoadReport {
        acknowledged,
        turned_away,
        started_us,
        ended_us: unix_micros(),
        latency: latency.latencies(),
        cpu_us: bench::own_cpu(),
    })
}

/// One caller: publishes until nothing remains.
async fn call(work: Rc<Work>, place: u32, mut connection: Connection) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut round = 0;
    while let Some(count) = work.take() {
        work.wait_for_turn(place, round).await;
        round += 1;
        work.publish(&mut connection, count, &mut tally).await?;
    }
    Ok(tally)
}

impl Work {
    /// How many events the next call carries; none when all are taken.
    fn take(&self) -> Option<u64> {
        let count = self.options.batch.min(self.remaining.get());
        self.remaining.set(self.remaining.get() - count);
        (count > 0).then_some(count)
    }

    /// With a rate, callers take turns: each call has an instant before which it is not made.
    async fn wait_for_turn(&self, place: u32, round: u32) {
        if let Some(rate) = self.options.rate {
            let turn = round.saturating_mul(self.options.callers).saturating_add(place);
            tokio::time::sleep_until(self.started + Duration::from_secs(1) / rate * turn).await;
        }
    }

    async fn publish(&self, connection: &mut Connection, count: u64, tally: &mut Tally) -> Result<()> {
        let first = self.remaining.get();
        loop {
            let sent_at = unix_micros();
            let (status, answer) = connection
                .send(Method::POST, self.options.url.path(), self.body(first, count, sent_at))
                .await?;
            match status {
                _ if status.is_success() => {
                    tally.acknowledged += count;
                    tally.latency.record(unix_micros().saturating_sub(sent_at));
                    return Ok(());
                }
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    tally.turned_away += 1;
                    tokio::time::sleep(TURNED_AWAY_WAIT).await;
                }
                _ => bail!("publishing was answered {status}: {}", String::from_utf8_lossy(&answer)),
            }
        }
    }

    /// A call with so many events; `first` says with which of the given ones it begins.
    fn body(&self, first: u64, count: u64, sent_at: u64) -> Bytes {
        let event = |nth: u64| match self.given.len() as u64 {
            0 => bench::event_json(&self.options.event_type, sent_at),
            many => self.given[usize::try_from((first + nth) % many).unwrap_or_default()].clone(),
        };
        if count == 1 {
            return event(0).into();
        }
        let events: Vec<_> = (0..count).map(event).collect();
        format!("[{}]", events.join(",")).into()
    }
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.turned_away += other.turned_away;
        self.latency.add(&other.latency);
    }
}
