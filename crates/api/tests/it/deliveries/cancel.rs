//! `cancelDelivery`.

use serde_json::json;

use crate::support::{answered, app};

const CANCEL: &str = "mutation($input: CancelDeliveryInput!) { cancelDelivery(input: $input) { ok refusals { code field } delivery { state history { entries { kind note } } } } }";

#[tokio::test]
async fn a_waiting_delivery_is_cancelled_with_a_note() {
    let server = app().await;
    server.register(&["a"]).await;
    server.subscribe(&["a"]).await;
    let event = server.event("a", "1").await;
    server.settle().await;
    let waiting = server
        .data("query($id: ID!) { event(id: $id) { deliveries { nodes { id } } } }", json!({ "id": event }))
        .await;
    let id = &waiting["event"]["deliveries"]["nodes"][0]["id"];
    let payload =
        server.data(CANCEL, json!({ "input": { "id": id, "note": "obsolete" } })).await["cancelDelivery"]
            .take();
    assert_eq!(
        (&payload["ok"], &payload["delivery"]["state"]),
        (&json!(true), &json!("CANCELLED")),
        "{payload:#}"
    );
    let entries = payload["delivery"]["history"]["entries"].as_array().unwrap();
    assert_eq!(entries.last().unwrap(), &json!({ "kind": "CANCELLED", "note": "obsolete" }));
}

#[tokio::test]
async fn what_was_delivered_cannot_be_cancelled() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let event = server.event("a", "1").await;
    let id = answered(&server, &event, &subscription, 200).await;
    let before = server.head();
    let payload = server.data(CANCEL, json!({ "input": { "id": id } })).await["cancelDelivery"].take();
    assert_eq!(payload["refusals"], json!([{ "code": "delivery_delivered", "field": "input.id" }]));
    assert_eq!(server.head(), before);
}
