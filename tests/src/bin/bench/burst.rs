//! Two tenants: one publishes a little, the other much. How long the first one's deliveries take, alone and beside the
//! other.

use anyhow::Result;
use serde_json::json;

use hookledger_tests::Server;
use hookledger_tests::api::Api;
use hookledger_tests::bench::{Latencies, LoadReport};

use super::measure::null_relay;
use super::process::{Background, Receiver};
use super::results::{Beside, Burst};
use super::subject::{CONCURRENCY, publish};

/// What both want, each of its own events.
const WANTED: &str = "bench.wanted";
/// Events a second of the quiet tenant: few, and enough for a percentile.
pub(crate) const QUIET_RATE: u32 = 50;
/// Events a second of the other one.
const BURST_RATES: [u32; 3] = [2_000, 5_000, 10_000];
/// How many connections each of them has.
const QUIET_CALLERS: u32 = 4;
const BUSY_CALLERS: u32 = 64;
/// What is not counted of the quiet one: connections are made meanwhile.
const WARM_UP_SECONDS: u32 = 2;

/// Measures for so many seconds each: the server, and a yardstick of two null relays, one for each tenant.
pub(crate) async fn burst(quiet: &Receiver, seconds: u32) -> Result<Burst> {
    let loud = Receiver::start()?;
    let (_home, server) = Server::start().await;
    let api = server.api();
    let [calm, busy] = [tenant(&api, "calm").await, tenant(&api, "busy").await];
    for (api, receiver) in [(&calm, quiet), (&busy, &loud)] {
        api.register([WANTED]).await;
        let input = json!({
            "endpoint": receiver.url(),
            "eventTypes": [WANTED],
            "limits": { "concurrency": CONCURRENCY },
        });
        api.subscribe(input).await;
    }
    let [calm, busy] = [&calm, &busy].map(Way::through);
    let (alone_us, beside) = both(&calm, quiet, &busy, &loud, seconds).await?;
    server.stop().await;
    let [calm, busy] = [null_relay(quiet)?, null_relay(&loud)?];
    let [calm, busy] = [&calm, &busy].map(Way::past);
    let (relayed_alone_us, relayed_beside) = both(&calm, quiet, &busy, &loud, seconds).await?;
    Ok(Burst { alone_us, beside, relayed_alone_us, relayed_beside })
}

/// Where a tenant publishes.
struct Way {
    url: String,
    token: Option<String>,
}

impl Way {
    fn through(api: &Api) -> Self {
        Self { url: api.url("/v1/events"), token: Some(api.token().to_owned()) }
    }

    fn past(relay: &Background) -> Self {
        Self { url: relay.url("/v1/events"), token: None }
    }

    async fn publish(&self, events: u64, callers: u32, rate: u32) -> Result<LoadReport> {
        let [callers, rate] = [callers, rate].map(|number| number.to_string());
        let options = ["--callers", &callers, "--rate", &rate, "--event-type", WANTED];
        publish(&self.url, self.token.as_deref(), events, &options).await
    }
}

/// The quiet tenant alone, and beside each rate of the busy one.
async fn both(
    calm: &Way,
    quiet: &Receiver,
    busy: &Way,
    loud: &Receiver,
    seconds: u32,
) -> Result<(Latencies, Vec<Beside>)> {
    let alone_us = latency(calm, quiet, seconds).await?;
    let mut beside = Vec::new();
    for rate in BURST_RATES {
        let events = u64::from(rate) * u64::from(seconds + WARM_UP_SECONDS);
        let (us, published) =
            tokio::join!(latency(calm, quiet, seconds), busy.publish(events, BUSY_CALLERS, rate));
        beside.push(Beside { published_per_second: published?.rate(), us: us? });
        loud.wait_for(events).await?;
        loud.forget().await?;
    }
    Ok((alone_us, beside))
}

/// A caller of a new tenant.
async fn tenant(api: &Api, name: &str) -> Api {
    let made = api.done("createTenant", "CreateTenantInput", json!({ "name": name }), "tenant { id }").await;
    let input = json!({
        "name": name,
        "scopes": ["PUBLISH", "MANAGE", "READ"],
        "tenantId": made["tenant"]["id"],
    });
    let made = api.done("createApiKey", "CreateApiKeyInput", input, "secret").await;
    api.with_token(made["secret"].as_str().expect("a key is text"))
}

async fn latency(calm: &Way, receiver: &Receiver, seconds: u32) -> Result<Latencies> {
    receiver.forget().await?;
    let warm_up = u64::from(QUIET_RATE * WARM_UP_SECONDS);
    calm.publish(warm_up, QUIET_CALLERS, QUIET_RATE).await?;
    receiver.wait_for(warm_up).await?;
    receiver.forget().await?;
    let events = u64::from(QUIET_RATE * seconds);
    calm.publish(events, QUIET_CALLERS, QUIET_RATE).await?;
    let latency = receiver.wait_for(events).await?.latency;
    receiver.forget().await?;
    Ok(latency)
}
