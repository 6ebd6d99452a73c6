//! Two tenants: one publishes a little, the other much. How long the first one's deliveries take, alone and beside the
//! other.

use anyhow::Result;
use serde_json::json;

use hookledger_tests::Server;
use hookledger_tests::api::Api;
use hookledger_tests::bench::Latencies;

use super::process::Receiver;
use super::results::{Beside, Burst};
use super::subject::publish;

/// What both want, each of its own events.
const WANTED: &str = "bench.wanted";
/// Events a second of the quiet tenant: few, and enough for a percentile.
pub(crate) const QUIET_RATE: u32 = 50;
/// Events a second of the other one.
const BURST_RATES: [u32; 3] = [2_000, 5_000, 10_000];
/// What is not counted of the quiet one: connections are made meanwhile.
const WARM_UP_SECONDS: u32 = 2;

/// Measures for so many seconds each.
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
            "limits": { "concurrency": 64 },
        });
        api.subscribe(input).await;
    }
    let alone_us = latency(&calm, quiet, seconds).await?;
    let mut beside = Vec::new();
    for rate in BURST_RATES {
        let events = u64::from(rate) * u64::from(seconds + WARM_UP_SECONDS);
        let rate = rate.to_string();
        let options = ["--callers", "64", "--rate", &rate, "--event-type", WANTED];
        let url = busy.url("/v1/events");
        let published = publish(&url, Some(busy.token()), events, &options);
        let (us, published) = tokio::join!(latency(&calm, quiet, seconds), published);
        beside.push(Beside { published_per_second: published?.rate(), us: us? });
        loud.wait_for(events).await?;
        loud.forget().await?;
    }
    server.stop().await;
    Ok(Burst { alone_us, beside })
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

async fn latency(api: &Api, receiver: &Receiver, seconds: u32) -> Result<Latencies> {
    let rate = QUIET_RATE.to_string();
    let options = ["--callers", "4", "--rate", &rate, "--event-type", WANTED];
    let url = api.url("/v1/events");
    receiver.forget().await?;
    let warm_up = u64::from(QUIET_RATE * WARM_UP_SECONDS);
    publish(&url, Some(api.token()), warm_up, &options).await?;
    receiver.wait_for(warm_up).await?;
    receiver.forget().await?;
    let events = u64::from(QUIET_RATE * seconds);
    publish(&url, Some(api.token()), events, &options).await?;
    let latency = receiver.wait_for(events).await?.latency;
    receiver.forget().await?;
    Ok(latency)
}
