//! `retryDelivery`, `retryDeliveries`, `retryPreview`.

use serde_json::{Value, json};

use crate::support::{Server, answered, app, failed};

const RETRY: &str = "mutation($id: ID!) { retryDelivery(input: { id: $id }) { ok refusals { code field } delivery { state nextAttemptAt } } }";
const RETRY_MANY: &str = "mutation($input: RetryDeliveriesInput!) { retryDeliveries(input: $input) { ok matched retried skipped remaining next position refusals { code field } } }";

async fn dead_letters(server: &Server, count: usize) -> (String, Vec<String>) {
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let mut dead = Vec::new();
    for n in 0..count {
        let event = server.event("a", &n.to_string()).await;
        dead.push(failed(server, &event, &subscription, "connect_refused").await);
    }
    (subscription, dead)
}

#[tokio::test]
async fn a_dead_letter_is_tried_again() {
    let server = app().await;
    let (_, dead) = dead_letters(&server, 1).await;
    let payload = server.data(RETRY, json!({ "id": dead[0] })).await["retryDelivery"].take();
    assert_eq!(
        (&payload["ok"], &payload["delivery"]["state"]),
        (&json!(true), &json!("RETRYING")),
        "{payload:#}"
    );
    assert_eq!(payload["delivery"]["nextAttemptAt"], server.now().to_string());
}

#[tokio::test]
async fn what_was_delivered_can_be_sent_again() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let event = server.event("a", "1").await;
    let id = answered(&server, &event, &subscription, 200).await;
    assert_eq!(server.data(RETRY, json!({ "id": id })).await["retryDelivery"]["ok"], true);
}

#[tokio::test]
async fn many_are_tried_again_call_by_call() {
    let server = app().await;
    let (subscription, _) = dead_letters(&server, 3).await;
    let filter = json!({ "states": ["DEAD_LETTERED"], "subscriptionId": subscription });
    let preview = server
        .data(
            "query($filter: DeliveryFilterInput!) { retryPreview(filter: $filter) }",
            json!({ "filter": filter }),
        )
        .await;
    assert_eq!(preview["retryPreview"], 3);
    let first = server.data(RETRY_MANY, json!({ "input": { "filter": filter, "limit": 2 } })).await["retryDeliveries"].take();
    assert_eq!(
        (&first["matched"], &first["retried"], &first["remaining"]),
        (&json!(3), &json!(2), &json!(1)),
        "{first:#}"
    );
    server.settle().await;
    let rest = server
        .data(RETRY_MANY, json!({ "input": { "filter": filter, "after": first["next"] } }))
        .await["retryDeliveries"]
        .take();
    assert_eq!(
        (&rest["retried"], &rest["remaining"], &rest["next"]),
        (&json!(1), &json!(0), &Value::Null),
        "{rest:#}"
    );
}

#[tokio::test]
async fn foreign_ids_and_limits_out_of_range_are_refused_and_nothing_is_stored() {
    let server = app().await;
    let (_, dead) = dead_letters(&server, 1).await;
    let (_, other) = server.other_tenant().await;
    let before = server.head();
    for id in [dead[0].as_str(), "dlv_01h2xcejqtf2nbrexx3vqjhp41"] {
        let response = server.ask_as(&other, RETRY, json!({ "id": id })).await;
        assert_eq!(
            response["data"]["retryDelivery"]["refusals"],
            json!([{ "code": "not_found", "field": "input.id" }])
        );
    }
    let response = server.ask_as(&other, RETRY_MANY, json!({ "input": { "filter": {} } })).await;
    assert_eq!(response["data"]["retryDeliveries"]["matched"], 0);
    for limit in [0, 1_001] {
        let payload = server.data(RETRY_MANY, json!({ "input": { "filter": {}, "limit": limit } })).await["retryDeliveries"].take();
        assert_eq!(payload["refusals"], json!([{ "code": "retry_limit", "field": "input.limit" }]));
    }
    let payload = server.data(RETRY, json!({ "id": "x" })).await["retryDelivery"].take();
    assert_eq!(payload["refusals"][0]["code"], "id");
    assert_eq!(server.head(), before);
}
