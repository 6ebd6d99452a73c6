//! Anything by its global id, within the tenant.

use serde_json::{Value, json};

use crate::support::{answered, app};

const NODE: &str = "query($id: ID!) { node(id: $id) { id __typename } }";

#[tokio::test]
async fn everything_with_an_id_is_found_by_it_and_only_by_its_tenant() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let event = server.event("a", "1").await;
    let delivery = answered(&server, &event, &subscription, 200).await;
    let ids = server
        .data("{ viewer { tenant { id } apiKey { id } } eventType(name: \"a\") { id } }", Value::Null)
        .await;
    let (_, other) = server.other_tenant().await;
    server.settle().await;
    for (id, kind) in [
        (subscription.as_str(), "Subscription"),
        (event.as_str(), "Event"),
        (delivery.as_str(), "Delivery"),
        (ids["viewer"]["tenant"]["id"].as_str().unwrap(), "Tenant"),
        (ids["viewer"]["apiKey"]["id"].as_str().unwrap(), "ApiKey"),
        (ids["eventType"]["id"].as_str().unwrap(), "EventType"),
    ] {
        let data = server.data(NODE, json!({ "id": id })).await;
        assert_eq!(data["node"], json!({ "id": id, "__typename": kind }));
        let foreign = server.ask_as(&other, NODE, json!({ "id": id })).await;
        assert_eq!(foreign, json!({ "data": { "node": null } }), "{kind} crossed tenants");
    }
}

#[tokio::test]
async fn an_absent_id_looks_like_a_foreign_one() {
    let server = app().await;
    for prefix in ["ten", "key", "typ", "sub", "evt", "dlv"] {
        let data = server.data(NODE, json!({ "id": format!("{prefix}_01h2xcejqtf2nbrexx3vqjhp41") })).await;
        assert_eq!(data["node"], Value::Null);
    }
}
