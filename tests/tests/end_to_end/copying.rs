//! A server that moves from files to a database, and back: what happened, what waits and who may do what go along.

use std::process::{Output, Stdio};

use hookledger_tests::{Answer, Home, Launch, Receiver, Server};
use serde_json::{Value, json};
use test_postgres::{Database, Version};

/// Everything that was told over GraphQL about the history, as of what the ledger holds now.
const HISTORY: &str = "query ($head: Position) { \
    events(first: 40, minPosition: $head) { nodes { id type source position dataText acceptedAt publisherId } } \
    deliveries(first: 40, minPosition: $head) { nodes { id state eventId subscriptionId attemptCount lastAttemptAt \
        attempts { number startedAt } } } \
    subscriptions(first: 40, minPosition: $head) { nodes { id state version endpoint eventTypes } } \
    apiKeys(first: 40, minPosition: $head) { nodes { id name prefix scopes createdAt } } }";

async fn head(server: &Server) -> Value {
    server.api().graphql("{ service { head } }", json!({})).await["service"]["head"].take()
}

async fn history(server: &Server) -> Value {
    server.api().graphql(HISTORY, json!({ "head": head(server).await })).await
}

/// In the environment that names the database.
fn there(database: &Database) -> Launch {
    let url = ("HOOKLEDGER_STORE_URL".to_owned(), database.url());
    Launch { environment: vec![url], ..Launch::default() }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What the command said, which must have gone well.
fn copied(home: &Home, launch: &Launch, arguments: &[&str]) -> String {
    let arguments = [&["copy"], arguments].concat();
    let output = home.command_of(launch, &arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

async fn launched(home: &Home, launch: &Launch, token: &str) -> Server {
    let mut server = home.launch(launch);
    server.use_token(token);
    server.ready_or_ended().await.expect("it starts");
    server
}

/// The state of the delivery of the only event of this type.
async fn wait_for(server: &Server, event_type: &str, state: &str) -> Value {
    let deliveries = server.api().deliveries(json!({ "eventType": event_type })).await;
    let id = deliveries[0]["id"].as_str().expect("it was planned").to_owned();
    server.api().wait_for_delivery(&id, state).await
}

#[tokio::test]
async fn a_server_moves_to_a_database_and_back_and_its_callers_notice_nothing_but_the_pause() {
    let Some(postgres) = Version::Eighteen.server() else { return };
    let (home, database) = (Home::new(), postgres.empty_database().await);
    let (files, stored) = (Launch::default(), there(&database));
    let (server, receiver) = (home.start().await, Receiver::start().await);
    let token = server.token().to_owned();
    let api = server.api();
    api.register(["moved.before", "moved.waiting", "moved.last", "moved.after", "moved.back"]).await;
    let hours = json!({ "backoff": { "delaysMs": [3_600_000] }, "jitterPercent": 0 });
    let settings = json!({ "endpoint": receiver.url(), "eventTypes": ["moved.*"], "retryPolicy": hours });
    let subscription = api.subscribe(settings).await;
    for number in 1..=20 {
        api.publish_number("moved.before", number).await;
    }
    receiver.wait_for(20).await;
    receiver.answer_next([Answer::status(500)]);
    api.publish("moved.waiting", "{\"exact\" : 1.10}").await;
    let waiting = receiver.wait_for(21).await.remove(20);
    api.wait_for_delivery(waiting.webhook_id(), "RETRYING").await;

    let refused = home.command_of(&stored, &["copy"]).output().unwrap();
    assert!(!refused.status.success() && said(&refused).contains("--ahead"), "{}", said(&refused));
    let ahead = copied(&home, &stored, &["--ahead"]);
    assert!(ahead.contains("Both sides are the same up to position"), "{ahead}");
    let early = home.command_of(&stored, &["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    assert!(said(&early).contains("a copy into this ledger was begun"), "{}", said(&early));
    let last = api.publish("moved.last", "1").await;
    receiver.wait_for(22).await;
    wait_for(&server, "moved.last", "DELIVERED").await;
    let before = history(&server).await;
    server.stop().await;

    let whole = copied(&home, &stored, &[]);
    assert!(whole.contains("SHA-256") && whole.contains("master.key"), "{whole}");
    assert!(!whole.contains("DIFFERENT"), "{whole}");
    let server = launched(&home, &stored, &token).await;
    assert_eq!(history(&server).await, before, "the same key sees the same history");
    let after = server.api().publish("moved.after", "1").await;
    assert!(after.position > last.position);
    let request = receiver.wait_for(23).await.remove(22);
    request.verify(&subscription.secret).expect("the sealed secret went along");
    wait_for(&server, "moved.after", "DELIVERED").await;
    // What waited for its next attempt still does, and goes out when it is told to.
    let id = waiting.webhook_id();
    assert_eq!(server.api().delivery(id).await["state"], "RETRYING");
    server.api().done("retryDelivery", "RetryDeliveryInput", json!({ "id": id }), "").await;
    assert_eq!(receiver.wait_for(24).await[23].webhook_id(), id);
    server.api().wait_for_delivery(id, "DELIVERED").await;
    let before = history(&server).await;
    server.stop().await;

    let again = home.command_of(&stored, &["copy"]).output().unwrap();
    assert!(said(&again).contains("the target has records already"), "{}", said(&again));
    let folder = home.path().join("back");
    copied(&home, &stored, &["--to", &format!("sqlite:{}", folder.display())]);
    std::fs::remove_file(home.data().join("ledger.db")).unwrap();
    std::fs::rename(folder.join("ledger.db"), home.data().join("ledger.db")).unwrap();
    let server = launched(&home, &files, &token).await;
    assert_eq!(history(&server).await, before);
    let back = server.api().publish("moved.back", "1").await;
    assert!(back.position > after.position);
    receiver.wait_for(25).await;
    server.stop().await;
    assert_eq!(receiver.count(), 25, "nothing was sent twice");
}
