//! Why an event did, or did not, lead to a delivery.

use serde_json::json;

use crate::support::app;

const EXPLAIN: &str = "query($event: ID!, $subscription: ID!) { matchExplanation(eventId: $event, subscriptionId: $subscription) { matched verdict typeMatched filterMatched reasons subscriptionVersion filter deliveryId delivery { state } } }";

#[tokio::test]
async fn the_explanation_names_what_decided() {
    let server = app().await;
    server.register(&["a", "b"]).await;
    let early = server.event("a", "{\"ms\":5}").await;
    let subscription = server.subscribe(&["a"]).await;
    let update = "mutation($input: UpdateSubscriptionInput!) { updateSubscription(input: $input) { ok } }";
    server
        .data(update, json!({ "input": { "id": subscription, "filter": { "path": "data.ms", "lt": 10 } } }))
        .await;
    let (fast, slow, other) = (
        server.event("a", "{\"ms\":5}").await,
        server.event("a", "{\"ms\":50}").await,
        server.event("b", "{\"ms\":5}").await,
    );
    server
        .data(
            "mutation($id: ID!) { disableSubscription(input: { id: $id }) { ok } }",
            json!({ "id": subscription }),
        )
        .await;
    let late = server.event("a", "{\"ms\":5}").await;
    server.settle().await;
    for (event, verdict) in [
        (&early, "NOT_YET_CREATED"),
        (&fast, "MATCHED"),
        (&slow, "FILTERED"),
        (&other, "TYPE_NOT_WANTED"),
        (&late, "DISABLED"),
    ] {
        let data = server.data(EXPLAIN, json!({ "event": event, "subscription": subscription })).await;
        let explained = &data["matchExplanation"];
        assert_eq!(explained["verdict"], verdict, "{explained:#}");
        assert_eq!(explained["matched"], verdict == "MATCHED");
        assert_eq!(explained["delivery"].is_null(), verdict != "MATCHED");
    }
    let data = server.data(EXPLAIN, json!({ "event": slow, "subscription": subscription })).await;
    let explained = &data["matchExplanation"];
    assert!(explained["reasons"][0].as_str().unwrap().contains("data.ms"), "{explained:#}");
    assert_eq!(
        (&explained["filter"]["matched"], &explained["filter"]["kind"], &explained["subscriptionVersion"]),
        (&json!(false), &json!("condition"), &json!(2))
    );
}

#[tokio::test]
async fn a_foreign_event_or_subscription_has_no_explanation() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let event = server.event("a", "1").await;
    let (_, other) = server.other_tenant().await;
    let response =
        server.ask_as(&other, EXPLAIN, json!({ "event": event, "subscription": subscription })).await;
    assert_eq!(response, json!({ "data": { "matchExplanation": null } }));
}
