//! Errors have codes and say nothing of the inside.

use std::time::Duration;

use app::Bounds;
use domain::Scope;
use hookledger_api::Config;
use serde_json::{Value, json};

use crate::support::{app, app_with};

#[tokio::test]
async fn a_key_without_the_scope_is_told_which_it_needs() {
    let server = app().await;
    let publisher = server.key(&[Scope::Publish]).await;
    for query in [
        "{ subscriptions { nodes { id } } }",
        "{ events { nodes { id } } }",
        "{ deliveries { nodes { id } } }",
        "{ apiKeys { nodes { id } } }",
        "{ eventTypes { nodes { id } } }",
        "{ tenants { nodes { id } } }",
        "{ retryPreview(filter: {}) }",
        "mutation { registerEventType(input: { name: \"a\" }) { ok } }",
        "mutation { createTenant(input: { name: \"a\" }) { ok } }",
    ] {
        let response = server.ask_as(&publisher, query, Value::Null).await;
        assert_eq!(response["errors"][0]["extensions"]["code"], "FORBIDDEN", "{query}: {response:#}");
        assert!(response["errors"][0]["message"].as_str().unwrap().starts_with("this needs the scope"));
    }
}

#[tokio::test]
async fn bad_cursors_ids_and_sizes_are_told_apart() {
    let server = app().await;
    let foreign = "{ events(first: 1) { pageInfo { endCursor } } }";
    assert_eq!(server.data(foreign, Value::Null).await["events"]["pageInfo"]["endCursor"], Value::Null);
    for (query, code) in [
        ("{ subscriptions(after: \"nonsense\") { nodes { id } } }", "BAD_CURSOR"),
        ("{ events(before: \"ZXZlbnQ6eA\") { nodes { id } } }", "BAD_CURSOR"),
        ("{ deliveries(after: \"ZXZlbnQ6MS4x\") { nodes { id } } }", "BAD_CURSOR"),
        ("{ eventTypes(after: \"ZXZlbnQtdHlwZTpBIQ\") { nodes { id } } }", "BAD_CURSOR"),
        ("{ apiKeys(first: 101) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ tenants(first: 1, last: 1) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ subscription(id: \"evt_01h2xcejqtf2nbrexx3vqjhp41\") { id } }", "BAD_USER_INPUT"),
        ("{ node(id: \"nonsense\") { id } }", "BAD_USER_INPUT"),
        ("{ deliveries(filter: { subscriptionId: \"x\" }) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ deliveries(filter: { eventType: \"a.*.b\" }) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ events(filter: { source: \"a b\" }) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ events(minPosition: 1000000) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ events(filter: { acceptedFrom: \"yesterday\" }) { nodes { id } } }", "BAD_USER_INPUT"),
    ] {
        let response = server.ask(query, Value::Null).await;
        assert_eq!(response["errors"][0]["extensions"]["code"], code, "{query}: {response:#}");
    }
}

#[tokio::test(start_paused = true)]
async fn views_that_do_not_come_to_the_position_are_told_as_behind() {
    let config = Config { view_wait_max: Duration::from_millis(10), ..Config::default() };
    let server = app_with(config, Bounds::default()).await;
    server.stop.cancel();
    server.register(&["a"]).await;
    let response = server
        .ask(
            "query($at: Position!) { events(minPosition: $at) { nodes { id } } }",
            json!({ "at": server.head().0 }),
        )
        .await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "VIEW_BEHIND", "{response:#}");
}

#[tokio::test]
async fn a_fault_is_told_by_the_request_s_id_and_nothing_else() {
    let server = app().await;
    server.settle().await;
    server.views.close().await;
    let response = server.ask("{ subscriptions { nodes { id } } }", Value::Null).await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{response:#}");
    let text = response.to_string();
    assert!(!text.contains("sqlite") && !text.contains("views.db") && !text.contains("panick"), "{text}");
}
