//! Hostile receivers beside a healthy one: each attempt names what happened, and the healthy one notices nothing.

use std::time::{Duration, Instant};

use hookledger_tests::{Home, Receiver};
use serde_json::{Value, json};

use crate::hostile_receivers::{Ends, HOST, Receivers};

/// How long those that hang are waited for; the healthy receiver must have everything before that.
const TIMEOUT: Duration = Duration::from_secs(8);

const EVENTS: usize = 10;

/// What the server may need on top, in KiB, whatever its receivers do.
const GROWTH_KIB_MAX: usize = 64 * 1024;

/// None that resets a single stream of HTTP/2, or floods it: requests share a connection here, and its grant.
const BEHAVIOURS: &[&str] = &[
    "refuses",
    "resets after the request",
    "resets in the body",
    "takes the request and hangs",
    "never accepts",
    "closes without an answer",
    "drips its headers",
    "drips its body",
    "has an endless chunked body",
    "sends a gzip bomb",
    "has a hundred thousand headers",
    "has one giant header",
    "says 100 endlessly",
    "has two lengths",
    "talks HTTP/0.9",
    "has a chunk size in words",
    "answers twice",
    "hangs after our greeting",
    "answers in plain HTTP",
    "answers with an alert",
    "closes after our greeting",
    "has an expired certificate",
    "has a certificate of the future",
    "has a certificate for another host",
    "has a self-signed certificate",
    "has a certificate of an unknown authority",
    "has a certificate for clients",
    "hangs after the handshake",
    "says goodbye at once",
    "continues a head forever",
    "opens no window",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_receivers_are_named_and_a_healthy_one_beside_them_gets_everything_at_once() {
    let home = Home::new();
    let hostile = Receivers::start(|behaviour| BEHAVIOURS.contains(&behaviour.name)).await;
    assert_eq!(hostile.all.len(), BEHAVIOURS.len(), "a behaviour has another name now");
    let authority = home.path().join("authority.pem");
    std::fs::write(&authority, &hostile.authority_pem).unwrap();
    let config = home.path().join("hostile.toml");
    std::fs::write(&config, format!("[egress]\nextra_ca_file = {authority:?}\n")).unwrap();
    let server = home.start_with(&["--config", config.to_str().unwrap()]).await;
    let (api, healthy) = (server.api(), Receiver::start().await);
    api.register(["hostile.tested"]).await;

    let timeout_ms = u64::try_from(TIMEOUT.as_millis()).unwrap();
    let mut subscribed = Vec::new();
    for receiver in &hostile.all {
        let endpoint = receiver.url().replace(HOST, "127.0.0.1");
        let input = json!({
            "endpoint": endpoint, "eventTypes": ["hostile.*"], "limits": { "timeoutMs": timeout_ms },
            "retryPolicy": { "backoff": { "delaysMs": [] }, "jitterPercent": 0 },
        });
        subscribed.push((receiver.behaviour, api.subscribe(input).await));
    }
    api.subscribe(json!({ "endpoint": healthy.url(), "eventTypes": ["hostile.*"] })).await;

    let before = memory_kib(server.pid());
    let began = Instant::now();
    for number in 0..EVENTS {
        api.publish_number("hostile.tested", number.try_into().unwrap()).await;
    }
    healthy.wait_for(EVENTS).await;
    let took = began.elapsed();
    assert!(took < TIMEOUT, "the healthy receiver had to wait {took:?}");

    for (behaviour, subscription) in subscribed {
        let name = behaviour.name;
        let filter = json!({ "subscriptionId": subscription.id });
        let deliveries = api.deliveries(filter).await;
        assert_eq!(deliveries.len(), EVENTS, "{name}");
        for delivery in deliveries {
            let id = delivery["id"].as_str().unwrap();
            let state =
                if matches!(behaviour.ends, Ends::Response(..)) { "DELIVERED" } else { "DEAD_LETTERED" };
            let ended = api.wait_for_delivery(id, state).await;
            let attempts = ended["attempts"].as_array().unwrap();
            assert_eq!(attempts.len(), 1, "{name}");
            assert_eq!(
                found(&attempts[0]),
                expected(behaviour.ends),
                "a receiver that {name}: {}",
                attempts[0]
            );
        }
    }
    let growth = memory_kib(server.pid()).saturating_sub(before);
    println!(
        "the healthy receiver had everything after {took:?}; the server grew by {growth} KiB over {before} KiB"
    );
    assert!(growth <= GROWTH_KIB_MAX, "{growth} KiB");
}

fn found(attempt: &Value) -> Value {
    let (response, failure) = (&attempt["response"], &attempt["failure"]);
    if failure.is_null() { response["status"].clone() } else { failure["class"].clone() }
}

fn expected(ends: Ends) -> Value {
    match ends {
        Ends::Failure(class) | Ends::Either(class, _) => json!(class),
        Ends::Response(status, _) => json!(status),
    }
}

/// The most memory that a process has used so far, in KiB.
fn memory_kib(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
