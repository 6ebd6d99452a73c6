//! `deliveries`.

use serde_json::{Value, json};

use crate::support::{answered, app, failed};

const LIST: &str = "query($filter: DeliveryFilterInput) { deliveries(filter: $filter) { totalCount { count } nodes { id } } }";

#[tokio::test]
async fn filters_select_by_what_became_of_them() {
    let server = app().await;
    server.register(&["a.one", "a.two"]).await;
    let subscription = server.subscribe(&["a.*"]).await;
    let (one, two) = (server.event("a.one", "1").await, server.event("a.two", "2").await);
    let three = server.event("a.two", "3").await;
    let good = answered(&server, &one, &subscription, 200).await;
    let bad = answered(&server, &two, &subscription, 503).await;
    let dead = failed(&server, &three, &subscription, "dns_not_found").await;
    let waiting = server.event("a.one", "4").await;
    server.settle().await;
    let ids = |data: &Value| -> Vec<String> {
        data["deliveries"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["id"].as_str().unwrap().to_owned())
            .collect()
    };
    for (filter, expected) in [
        (json!({ "states": ["DELIVERED"] }), vec![good.clone()]),
        (json!({ "statusClass": "SERVER_ERROR" }), vec![bad.clone()]),
        (json!({ "statusClass": "NO_RESPONSE" }), vec![dead.clone()]),
        (json!({ "errorClass": "dns_not_found" }), vec![dead.clone()]),
        (json!({ "eventId": one }), vec![good.clone()]),
        (json!({ "subscriptionId": "sub_01h2xcejqtf2nbrexx3vqjhp41" }), vec![]),
        (json!({ "eventId": "evt_01h2xcejqtf2nbrexx3vqjhp41" }), vec![]),
        (json!({ "acceptedFrom": "9000-01-01T00:00:00Z" }), vec![]),
    ] {
        let data = server.data(LIST, json!({ "filter": filter })).await;
        assert_eq!(ids(&data), expected, "{filter}");
        assert_eq!(data["deliveries"]["totalCount"]["count"], expected.len(), "{filter}");
    }
    let all =
        server.data(LIST, json!({ "filter": { "eventType": "a.*", "subscriptionId": subscription } })).await;
    assert_eq!(all["deliveries"]["totalCount"]["count"], 4);
    let waiting = server
        .data(LIST, json!({ "filter": { "states": ["WAITING", "RETRYING"], "eventId": waiting } }))
        .await;
    assert_eq!(ids(&waiting).len(), 1);
}

#[tokio::test]
async fn nothing_of_another_tenant_is_listed() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let event = server.event("a", "1").await;
    server.settle().await;
    let (_, other) = server.other_tenant().await;
    for filter in [json!({}), json!({ "subscriptionId": subscription }), json!({ "eventId": event })] {
        let response = server.ask_as(&other, LIST, json!({ "filter": filter })).await;
        assert_eq!(
            response["data"]["deliveries"],
            json!({ "totalCount": { "count": 0 }, "nodes": [] }),
            "{filter}"
        );
    }
}
