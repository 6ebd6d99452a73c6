//! `subscriptions`.

use serde_json::{Value, json};

use crate::support::app;

const LIST: &str = "query($filter: SubscriptionFilterInput, $first: Int, $after: String, $last: Int, $before: String) { \
    subscriptions(filter: $filter, first: $first, after: $after, last: $last, before: $before) { \
      nodes { id } edges { cursor } totalCount { count exact } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

fn ids(data: &Value) -> Vec<String> {
    data["subscriptions"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn pages_follow_each_other_in_both_directions() {
    let server = app().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.insert(0, server.subscribe(&["a"]).await);
    }
    let first = server.data(LIST, json!({ "first": 2 })).await;
    assert_eq!(ids(&first), made[..2]);
    let info = &first["subscriptions"]["pageInfo"];
    assert_eq!((&info["hasNextPage"], &info["hasPreviousPage"]), (&json!(true), &json!(false)));
    let second = server.data(LIST, json!({ "first": 2, "after": info["endCursor"] })).await;
    assert_eq!(ids(&second), made[2..4]);
    let back = server
        .data(LIST, json!({ "last": 2, "before": second["subscriptions"]["pageInfo"]["startCursor"] }))
        .await;
    assert_eq!(ids(&back), made[..2]);
    let last = server.data(LIST, json!({ "last": 1 })).await;
    assert_eq!(ids(&last), made[4..]);
    assert_eq!(last["subscriptions"]["totalCount"], json!({ "count": 5, "exact": true }));
}

#[tokio::test]
async fn filters_select_by_state_text_and_type() {
    let server = app().await;
    let wide = server.subscribe(&["benchmark.*"]).await;
    let narrow = server.subscribe(&["test.passed"]).await;
    server
        .data("mutation($id: ID!) { pauseSubscription(input: { id: $id }) { ok } }", json!({ "id": narrow }))
        .await;
    server.settle().await;
    for (filter, expected) in [
        (json!({ "states": ["PAUSED"] }), vec![narrow.clone()]),
        (json!({ "eventType": "benchmark.run.completed" }), vec![wide.clone()]),
        (json!({ "search": "EXAMPLE.com" }), vec![narrow.clone(), wide.clone()]),
        (json!({ "search": "%" }), vec![]),
    ] {
        let data = server.data(LIST, json!({ "filter": filter })).await;
        assert_eq!(ids(&data), expected, "{filter}");
    }
}

#[tokio::test]
async fn nothing_of_another_tenant_is_listed_or_counted() {
    let server = app().await;
    server.subscribe(&["a"]).await;
    let (_, other) = server.other_tenant().await;
    let response = server.ask_as(&other, LIST, Value::Null).await;
    assert_eq!(
        (ids(&response["data"]).len(), &response["data"]["subscriptions"]["totalCount"]["count"]),
        (0, &json!(0))
    );
}

#[tokio::test]
async fn a_retry_policy_is_previewed_without_a_subscription() {
    let server = app().await;
    let query = "query($policy: RetryPolicyInput!) { retryPolicyPreview(policy: $policy) { schedule { attempt waitSeconds } } }";
    let data = server.data(query, json!({ "policy": { "attemptsMax": 3 } })).await;
    let waits: Vec<_> = data["retryPolicyPreview"]["schedule"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["waitSeconds"].as_f64().unwrap())
        .collect();
    assert_eq!(waits, [0.0, 5.0, 20.0]);
    let refused = server.ask(query, json!({ "policy": { "attemptsMax": 101 } })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}
