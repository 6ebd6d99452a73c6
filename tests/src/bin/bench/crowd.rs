//! Many subscriptions: what each delivery costs when one event has many, and whether hanging endpoints are in the way of
//! the others.

use anyhow::Result;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use hookledger_tests::api::Api;
use hookledger_tests::bench::{Latencies, per_second};
use hookledger_tests::{Home, Server};

use super::machine;
use super::process::Receiver;
use super::results::{FanOut, Hanging};
use super::subject::publish;

/// What the subscriptions of a measurement want.
const WANTED: &str = "bench.wanted";
/// What hanging endpoints want.
const HANGING: &str = "bench.hanging";
/// Endpoints that answer, beside those that hang.
const HEALTHY: usize = 10;
/// Events a second while latency is measured.
const RATE: &str = "20";

/// A server with subscriptions of its own.
struct Crowd {
    _home: Home,
    server: Server,
    api: Api,
}

impl Crowd {
    async fn start() -> Self {
        let (home, server) = Server::start().await;
        let api = server.api();
        api.register([WANTED, HANGING]).await;
        Self { _home: home, server, api }
    }

    async fn subscribe(&self, endpoint: &str, event_type: &str, count: usize) {
        for number in 0..count {
            let endpoint = format!("{endpoint}/{number}");
            self.api.subscribe(json!({ "endpoint": endpoint, "eventTypes": [event_type] })).await;
        }
    }

    async fn publish(&self, event_type: &str, events: u64, options: &[&str]) -> Result<u64> {
        let options = [options, &["--event-type", event_type]].concat();
        let url = self.api.url("/v1/events");
        Ok(publish(&url, Some(self.api.token()), events, &options).await?.started_us)
    }
}

/// Deliveries a second when each event goes to so many subscriptions.
pub(crate) async fn fan_out(receiver: &Receiver, subscriptions: u32, deliveries: u64) -> Result<FanOut> {
    let crowd = Crowd::start().await;
    crowd.subscribe(&receiver.url(), WANTED, subscriptions as usize).await;
    let each = u64::from(subscriptions);
    // Connections are made, and endpoints become known.
    crowd.publish(WANTED, 1, &[]).await?;
    receiver.wait_for(each).await?;
    receiver.forget().await?;
    let events = (deliveries / each).max(1);
    let started_us = crowd.publish(WANTED, events, &["--callers", "16"]).await?;
    let arrived = receiver.wait_for(events * each).await?;
    receiver.forget().await?;
    crowd.server.stop().await;
    Ok(FanOut { subscriptions, per_second: per_second(events * each, started_us, arrived.last_us) })
}

/// How long deliveries to endpoints that answer take, alone and beside `endpoints` that never do.
pub(crate) async fn hanging(receiver: &Receiver, endpoints: u32, seconds: u32) -> Result<Hanging> {
    let crowd = Crowd::start().await;
    crowd.subscribe(&receiver.url(), WANTED, HEALTHY).await;
    let alone_us = latency(&crowd, receiver, seconds).await?;
    let (hanging, accepting) = silent_listener().await?;
    crowd.subscribe(&hanging, HANGING, endpoints as usize).await;
    let events = u64::from(seconds + WARM_UP_SECONDS);
    let options = ["--callers", "1", "--rate", "1"];
    let (beside_us, unanswered) =
        tokio::join!(latency(&crowd, receiver, seconds), crowd.publish(HANGING, events, &options));
    let (beside_us, _) = (beside_us?, unanswered?);
    let memory = machine::memory_of(crowd.server.pid())?;
    accepting.abort();
    crowd.server.stop().await;
    Ok(Hanging { endpoints, alone_us, beside_us, memory })
}

/// What is not counted: endpoints become known meanwhile.
const WARM_UP_SECONDS: u32 = 3;

async fn latency(crowd: &Crowd, receiver: &Receiver, seconds: u32) -> Result<Latencies> {
    let rate: u64 = RATE.parse()?;
    let options = ["--callers", "4", "--rate", RATE];
    let warm_up = rate * u64::from(WARM_UP_SECONDS);
    crowd.publish(WANTED, warm_up, &options).await?;
    receiver.wait_for(warm_up * HEALTHY as u64).await?;
    receiver.forget().await?;
    let events = rate * u64::from(seconds);
    crowd.publish(WANTED, events, &options).await?;
    let latency = receiver.wait_for(events * HEALTHY as u64).await?.latency;
    receiver.forget().await?;
    Ok(latency)
}

/// An endpoint that takes every connection and never answers.
async fn silent_listener() -> Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let accepting = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    Ok((url, accepting))
}
