//! A large backlog for an endpoint that is dead: the memory that it takes, and how soon after the process was killed
//! others are delivered, with views that are far behind and with views that have caught up.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;
use tokio::net::TcpListener;

use hookledger_tests::api::Api;
use hookledger_tests::{Home, Server, wait};

use super::machine::{self, Memory};
use super::process::Receiver;
use super::results::Backlog;
use super::subject::publish;

/// What the endpoint wants that answers.
const WANTED: &str = "bench.wanted";
/// What the dead one wants.
const UNANSWERED: &str = "bench.unanswered";
/// How long the views may take to catch up with a backlog that was published in bulk.
const SETTLING_MAX: Duration = Duration::from_mins(5);
/// How often it is asked whether they have; seldom, since each question is work.
const ASK_INTERVAL: Duration = Duration::from_secs(1);
/// Views that lag no more than this have caught up.
const SETTLED_RECORDS: u64 = 1_000;

/// A server for which so many deliveries wait.
pub(crate) async fn backlog(receiver: &Receiver, deliveries: u64) -> Result<Backlog> {
    let (home, server) = Server::start().await;
    let api = server.api();
    api.register([WANTED, UNANSWERED]).await;
    let dead = api.subscribe(json!({ "endpoint": closed_port().await?, "eventTypes": [UNANSWERED] })).await;
    api.done("pauseSubscription", "SubscriptionNoteInput", json!({ "id": dead.id }), "").await;
    api.subscribe(json!({ "endpoint": receiver.url(), "eventTypes": [WANTED] })).await;
    let options = ["--callers", "4", "--batch", "200", "--event-type", UNANSWERED];
    publish(&api.url("/v1/events"), Some(api.token()), deliveries, &options).await?;
    api.done("resumeSubscription", "SubscriptionInput", json!({ "id": dead.id }), "").await;
    api.publish_number(WANTED, 1).await;
    receiver.wait_for(1).await?;
    // In the middle of such a burst the views are behind.
    let lag_at_kill = views_lag(&api).await;
    let memory: Memory = machine::memory_of(server.pid())?;
    let token = api.token().to_owned();
    server.kill();
    let (server, restart_behind_ms) = restart(receiver, &home, &token, 2).await?;
    let api = server.api();
    let settled = async || {
        tokio::time::sleep(ASK_INTERVAL).await;
        views_lag(&api).await < SETTLED_RECORDS
    };
    wait::until_within(SETTLING_MAX, "the views to catch up", async || settled().await.then_some(())).await;
    let memory_after_restart: Memory = machine::memory_of(server.pid())?;
    server.kill();
    let (server, restart_ms) = restart(receiver, &home, &token, 3).await?;
    server.kill();
    Ok(Backlog { deliveries, memory, memory_after_restart, lag_at_kill, restart_behind_ms, restart_ms })
}

/// Starts the server again, and measures until an event that is published then is delivered.
async fn restart(receiver: &Receiver, home: &Home, token: &str, number: u64) -> Result<(Server, u64)> {
    receiver.forget().await?;
    let started = Instant::now();
    let server = home.restart(token).await;
    server.api().publish_number(WANTED, number).await;
    receiver.wait_for(1).await?;
    let taken_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    receiver.forget().await?;
    Ok((server, taken_ms))
}

/// An endpoint where nothing listens any more.
async fn closed_port() -> Result<String> {
    Ok(format!("http://{}/dead", TcpListener::bind("127.0.0.1:0").await?.local_addr()?))
}

/// How many records the view lags that is furthest behind.
async fn views_lag(api: &Api) -> u64 {
    let found = api.graphql("{ projections { lag } }", json!({})).await;
    let views = found["projections"].as_array().expect("projections are a list");
    views.iter().filter_map(|view| view["lag"].as_u64()).max().unwrap_or(0)
}
