//! `deadLetterGroups`, `Delivery.cancellation`.

use serde_json::{Value, json};

use crate::support::{app, failed};

const GROUPS: &str = "query($subscription: ID) { deadLetterGroups(subscriptionId: $subscription) { complete groups { \
    subscriptionId reason lastStatus lastErrorClass count firstAt lastAt sample { id state } } } }";

#[tokio::test]
async fn dead_letters_are_told_by_what_they_have_in_common() {
    let server = app().await;
    server.register(&["a", "b"]).await;
    let (first, second) = (server.subscribe(&["a"]).await, server.subscribe(&["b"]).await);
    let mut last = String::new();
    for (event_type, subscription, class) in [
        ("a", &first, "connect_refused"),
        ("a", &first, "connect_refused"),
        ("a", &first, "tls_alert"),
        ("b", &second, "connect_refused"),
    ] {
        let event = server.event(event_type, "1").await;
        last = failed(&server, &event, subscription, class).await;
    }
    let found = server.data(GROUPS, Value::Null).await["deadLetterGroups"].take();
    assert_eq!(found["complete"], true);
    let groups = found["groups"].as_array().unwrap();
    let counts: Vec<_> = groups.iter().map(|group| group["count"].as_u64().unwrap()).collect();
    assert_eq!(counts, [2, 1, 1]);
    assert_eq!(
        (&groups[0]["subscriptionId"], &groups[0]["lastErrorClass"]),
        (&json!(first), &json!("connect_refused"))
    );
    assert_eq!((&groups[0]["reason"], &groups[0]["lastStatus"]), (&json!("EXHAUSTED"), &Value::Null));
    assert_eq!(groups[0]["sample"]["state"], "DEAD_LETTERED");
    let of_second = server.data(GROUPS, json!({ "subscription": second })).await["deadLetterGroups"].take();
    assert_eq!(of_second["groups"][0]["sample"]["id"], json!(last));
    let (_, other) = server.other_tenant().await;
    let foreign = server.ask_as(&other, GROUPS, json!({ "subscription": first })).await;
    assert_eq!(foreign["data"]["deadLetterGroups"]["groups"], json!([]));
}

#[tokio::test]
async fn a_group_is_a_filter() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    for class in ["connect_refused", "tls_alert"] {
        let event = server.event("a", "1").await;
        failed(&server, &event, &subscription, class).await;
    }
    let filter =
        json!({ "states": ["DEAD_LETTERED"], "errorClass": "tls_alert", "deadLetterReason": "EXHAUSTED" });
    let list =
        "query($filter: DeliveryFilterInput) { deliveries(filter: $filter) { nodes { lastErrorClass } } }";
    let found = server.data(list, json!({ "filter": filter })).await;
    assert_eq!(found["deliveries"]["nodes"], json!([{ "lastErrorClass": "tls_alert" }]));
    let none = json!({ "lastStatus": 503 });
    assert_eq!(server.data(list, json!({ "filter": none })).await["deliveries"]["nodes"], json!([]));
}

#[tokio::test]
async fn a_discarded_dead_letter_says_by_whom_and_why() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let event = server.event("a", "1").await;
    let dead = failed(&server, &event, &subscription, "connect_refused").await;
    let discard = "mutation($id: ID!) { cancelDelivery(input: { id: $id, note: \"not wanted\" }) { ok delivery { state deadLetterReason cancellation { actor { kind } note } } } }";
    let payload = server.data(discard, json!({ "id": dead })).await["cancelDelivery"].take();
    let expected = json!({ "state": "CANCELLED", "deadLetterReason": "EXHAUSTED",
        "cancellation": { "actor": { "kind": "API_KEY" }, "note": "not wanted" } });
    assert_eq!((&payload["ok"], &payload["delivery"]), (&json!(true), &expected));
    let left = server.data(GROUPS, Value::Null).await["deadLetterGroups"].take();
    assert_eq!(left["groups"], json!([]));
}
