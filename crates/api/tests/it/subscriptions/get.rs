//! `subscription(id)`, its history and its deliveries.

use serde_json::json;

use crate::support::{answered, app};

#[tokio::test]
async fn its_history_says_who_did_what_without_secrets() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let update = "mutation($input: UpdateSubscriptionInput!) { updateSubscription(input: $input) { ok } }";
    let headers = json!({ "replace": [{ "name": "x-token", "value": "hunter2" }] });
    server.data(update, json!({ "input": { "id": id, "headers": headers } })).await;
    let query = "query($id: ID!, $after: Version) { subscription(id: $id) { history(afterVersion: $after) { more entries { version type at actor { kind } details } } } }";
    let data = server.data(query, json!({ "id": id })).await;
    let entries = data["subscription"]["history"]["entries"].as_array().unwrap();
    let types: Vec<_> = entries.iter().map(|entry| entry["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["subscription.created", "subscription.headers_changed"]);
    assert_eq!(entries[1]["actor"]["kind"], "API_KEY");
    let text = data.to_string();
    assert!(!text.contains("hunter2") && !text.contains("whsec_"), "{text}");
    assert!(
        !entries.iter().any(|entry| entry["details"].to_string().contains("\"ciphertext\":\"A")),
        "{text}"
    );
    let later = server.data(query, json!({ "id": id, "after": 1 })).await;
    assert_eq!(later["subscription"]["history"]["entries"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn it_tells_how_it_fares() {
    let server = app().await;
    server.register(&["a"]).await;
    let id = server.subscribe(&["a"]).await;
    let event = server.event("a", "1").await;
    answered(&server, &event, &id, 503).await;
    let query = "query($id: ID!) { subscription(id: $id) { lastAttempt { succeeded status } deliveredCount failedAttemptCount deadLetterCount \
        deliveries(filter: { states: [DEAD_LETTERED] }) { totalCount { count exact } nodes { state } } } }";
    let data = server.data(query, json!({ "id": id })).await;
    let subscription = &data["subscription"];
    assert_eq!(subscription["lastAttempt"], json!({ "succeeded": false, "status": 503 }));
    assert_eq!(
        (
            &subscription["deliveredCount"],
            &subscription["failedAttemptCount"],
            &subscription["deadLetterCount"]
        ),
        (&json!(0), &json!(1), &json!(1))
    );
    assert_eq!(
        subscription["deliveries"],
        json!({ "totalCount": { "count": 1, "exact": true }, "nodes": [{ "state": "DEAD_LETTERED" }] })
    );
}

#[tokio::test]
async fn a_foreign_subscription_is_not_there() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let (_, other) = server.other_tenant().await;
    let response =
        server.ask_as(&other, "query($id: ID!) { subscription(id: $id) { id } }", json!({ "id": id })).await;
    assert_eq!(response, json!({ "data": { "subscription": null } }));
}
