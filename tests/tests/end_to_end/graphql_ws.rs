//! Live feeds, with somebody else's client: the npm package `graphql-ws`.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use hookledger_tests::{Home, Output, Receiver, Server, assets, wait};
use serde_json::{Value, json};

const FEED: &str = "subscription ($filter: DeliveryFilterInput) { deliveryChanges(filter: $filter) \
    { __typename ... on DeliveryChange { position delivery { id state eventType attemptCount } } } }";

/// The client in a process of its own; ended when dropped.
pub(crate) struct Client {
    child: Child,
    output: Arc<Output>,
}

impl Client {
    /// Follows the feed until it has seen `count` results.
    pub(crate) fn follow(server: &Server, token: &str, filter: &Value, count: u32) -> Self {
        let url = format!("{}/graphql/ws", server.address().replacen("http", "ws", 1));
        let variables = json!({ "filter": filter }).to_string();
        let mut command = Command::new("node");
        command.arg(assets::folder().join("interop/graphql-ws.mjs"));
        command.args([&url, token, FEED, &variables, &count.to_string()]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = Output::of(&mut child);
        Self { child, output }
    }

    /// The results so far.
    pub(crate) fn results(&self) -> Vec<Value> {
        let lines = self.output.lines();
        let parsed = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        parsed.filter(|line| line.get("data").is_some()).collect()
    }
}

impl Client {
    /// Waits until it has seen enough, and says whether all was well.
    pub(crate) async fn ended_well(&mut self) -> bool {
        wait::until("the client to end", async || self.child.try_wait().unwrap()).await.success()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

on_each_store!(a_live_feed_shows_deliveries_as_they_are_made);

async fn a_live_feed_shows_deliveries_as_they_are_made(home: Home) {
    let server = home.start().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    api.register(["live.wanted", "live.other"]).await;
    api.subscribe(json!({ "endpoint": receiver.url(), "eventTypes": ["live.*"] })).await;
    let filter = json!({ "eventType": "live.wanted", "states": ["DELIVERED"] });
    let mut client = Client::follow(&server, server.token(), &filter, 2);

    // A feed tells what happens from now on, and nothing says when that is: publish until it tells something.
    wait::until_true("two results", async || {
        api.publish("live.other", "1").await;
        api.publish("live.wanted", "1").await;
        client.results().len() >= 2
    })
    .await;
    let status = wait::until("the client to end", async || client.child.try_wait().unwrap()).await;
    assert!(status.success(), "{}", client.output.text());

    let delivered: Vec<_> =
        receiver.requests().iter().map(|request| request.webhook_id().to_owned()).collect();
    for result in client.results() {
        let change = &result["data"]["deliveryChanges"];
        let delivery = &change["delivery"];
        assert_eq!(change["__typename"], "DeliveryChange");
        assert_eq!(
            (&delivery["state"], &delivery["eventType"]),
            (&json!("DELIVERED"), &json!("live.wanted"))
        );
        assert!(delivered.iter().any(|id| delivery["id"] == *id));
    }
}

#[tokio::test]
async fn a_live_feed_is_not_opened_without_a_good_key() {
    let (_home, server) = Server::start().await;
    let token = format!("hk_{}", "A".repeat(43));
    let mut client = Client::follow(&server, &token, &json!({}), 1);
    let status = wait::until("the client to give up", async || client.child.try_wait().unwrap()).await;
    assert!(!status.success());
    wait::until_true("the reason", async || client.output.text().contains("4403")).await;
}
