//! `delivery(id)`, its attempts and its past.

use serde_json::json;

use crate::support::{answered, app, failed};

#[tokio::test]
async fn a_delivery_waits_as_soon_as_its_event_is_published() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let event = server.event("a", "1").await;
    server.settle().await;
    let query = "query($id: ID!) { event(id: $id) { deliveries { nodes { state attemptCount attempts { number } history { entries { kind } more } version subscriptionId event { id } subscription { id } } } } }";
    let data = server.data(query, json!({ "id": event })).await;
    let expected = json!([{ "state": "WAITING", "attemptCount": 0, "attempts": [], "history": { "entries": [], "more": false }, "version": 0,
        "subscriptionId": subscription, "event": { "id": event }, "subscription": { "id": subscription } }]);
    assert_eq!(data["event"]["deliveries"]["nodes"], expected);
}

#[tokio::test]
async fn its_attempts_tell_what_was_sent_and_what_came_back() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let event = server.event("a", "1").await;
    let id = answered(&server, &event, &subscription, 200).await;
    let query = "query($id: ID!) { delivery(id: $id) { state lastStatus attemptCount attempts { number trigger succeeded address bodySha256 subscriptionVersion \
        phases { dnsMs connectMs totalMs } response { status headers { name value } body truncated } failure { class } } history { entries { version kind actor { kind } } } } }";
    let delivery = server.data(query, json!({ "id": id })).await["delivery"].take();
    assert_eq!(
        (&delivery["state"], &delivery["lastStatus"], &delivery["attemptCount"]),
        (&json!("DELIVERED"), &json!(200), &json!(1))
    );
    let attempt = &delivery["attempts"][0];
    assert_eq!(
        (&attempt["number"], &attempt["trigger"], &attempt["succeeded"]),
        (&json!(1), &json!("SCHEDULE"), &json!(true))
    );
    assert_eq!(attempt["phases"], json!({ "dnsMs": 1.5, "connectMs": null, "totalMs": 20.25 }));
    assert_eq!(
        attempt["response"],
        json!({ "status": 200, "headers": [{ "name": "content-type", "value": "text/plain" }], "body": "thanks", "truncated": false })
    );
    let kinds: Vec<_> = delivery["history"]["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["SUCCEEDED"]);
}

#[tokio::test]
async fn a_dead_letter_says_why() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let event = server.event("a", "1").await;
    let id = failed(&server, &event, &subscription, "connect_refused").await;
    let query = "query($id: ID!) { delivery(id: $id) { state deadLetterReason lastErrorClass lastStatus attempts { failure { class message } response { status } } } }";
    let delivery = server.data(query, json!({ "id": id })).await["delivery"].take();
    assert_eq!(
        (&delivery["state"], &delivery["deadLetterReason"], &delivery["lastErrorClass"]),
        (&json!("DEAD_LETTERED"), &json!("EXHAUSTED"), &json!("connect_refused"))
    );
    assert_eq!(
        delivery["attempts"][0],
        json!({ "failure": { "class": "connect_refused", "message": "nobody there" }, "response": null })
    );
}
