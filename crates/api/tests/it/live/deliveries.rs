//! `deliveryChanges`.

use domain::Scope;
use serde_json::{Value, json};

use crate::support::{Server, Socket, answered, app};

const CHANGES: &str = "subscription($filter: DeliveryFilterInput) { deliveryChanges(filter: $filter) { __typename \
    ... on DeliveryChange { position delivery { id state attempts { number } event { dataText } } } ... on FeedLagged { position } } }";

/// Waits until the feed is open: a query on the same socket is answered after it.
async fn opened(socket: &mut Socket) {
    socket.subscribe("probe", "{ __typename }", Value::Null).await;
    assert_eq!(socket.hear().await["type"], "next");
    assert_eq!(socket.hear().await["type"], "complete");
}

async fn listening(server: &Server, filter: Value) -> Socket {
    let mut socket = Socket::connect(server, &server.admin).await;
    socket.subscribe("feed", CHANGES, json!({ "filter": filter })).await;
    opened(&mut socket).await;
    socket
}

#[tokio::test]
async fn a_delivery_is_told_when_it_waits_and_when_it_was_attempted() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let mut socket = listening(&server, json!({})).await;
    let event = server.event("a", "{\"n\":1.0}").await;
    let message = socket.hear().await;
    let waiting = &message["payload"]["data"]["deliveryChanges"];
    assert_eq!(
        (&waiting["delivery"]["state"], &waiting["delivery"]["event"]["dataText"]),
        (&json!("WAITING"), &json!("{\"n\":1.0}")),
        "{message:#}"
    );
    assert_eq!(waiting["position"], server.head().to_string());
    let id = answered(&server, &event, &subscription, 200).await;
    let message = socket.hear().await;
    let delivered = &message["payload"]["data"]["deliveryChanges"]["delivery"];
    assert_eq!(
        (&delivered["id"], &delivered["state"], &delivered["attempts"]),
        (&json!(id), &json!("DELIVERED"), &json!([{ "number": 1 }])),
        "{message:#}"
    );
}

#[tokio::test]
async fn only_what_the_filter_accepts_is_told() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let mut socket =
        listening(&server, json!({ "states": ["DEAD_LETTERED"], "statusClass": "SERVER_ERROR" })).await;
    let (good, bad) = (server.event("a", "1").await, server.event("a", "2").await);
    answered(&server, &good, &subscription, 200).await;
    let dead = answered(&server, &bad, &subscription, 503).await;
    let message = socket.hear().await;
    assert_eq!(message["payload"]["data"]["deliveryChanges"]["delivery"]["id"], json!(dead), "{message:#}");
}

#[tokio::test]
async fn nothing_of_another_tenant_is_told() {
    let server = app().await;
    server.register(&["a"]).await;
    server.subscribe(&["a"]).await;
    let (_, other) = server.other_tenant().await;
    let mut socket = Socket::connect(&server, &other).await;
    socket.subscribe("feed", CHANGES, Value::Null).await;
    opened(&mut socket).await;
    let mut own = listening(&server, json!({})).await;
    server.event("a", "1").await;
    assert_eq!(own.hear().await["type"], "next");
    // What the other tenant hears next is the answer to its own question.
    opened(&mut socket).await;
}

#[tokio::test]
async fn a_feed_that_is_completed_says_nothing_more() {
    let server = app().await;
    server.register(&["a"]).await;
    server.subscribe(&["a"]).await;
    let mut socket = listening(&server, json!({})).await;
    socket.say(json!({ "type": "complete", "id": "feed" })).await;
    opened(&mut socket).await;
    server.event("a", "1").await;
    server.settle().await;
    opened(&mut socket).await;
}

#[tokio::test]
async fn a_key_that_may_not_read_hears_nothing() {
    let server = app().await;
    let publisher = server.key(&[Scope::Publish]).await;
    let mut socket = Socket::connect(&server, &publisher).await;
    socket.subscribe("feed", CHANGES, Value::Null).await;
    let message = socket.hear().await;
    assert_eq!(
        (&message["type"], &message["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("FORBIDDEN"))
    );
}
