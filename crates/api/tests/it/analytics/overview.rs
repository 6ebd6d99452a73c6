//! `overview`.

use serde_json::json;

use crate::support::{answered, app, failed};

const OVERVIEW: &str = "{ overview { at waiting { count exact } retrying { count } dueRetries { count } deadLetters { count } \
    subscriptions { active paused disabled } unhealthy { subscription { id } reason since } \
    lastHour { published attempts } projections { name lag } } }";

#[tokio::test]
async fn it_tells_what_waits_what_failed_and_what_needs_a_look() {
    let server = app().await;
    server.register(&["a", "b"]).await;
    let (bad, good) = (server.subscribe(&["a"]).await, server.subscribe(&["b"]).await);
    let event = server.event("a", "1").await;
    failed(&server, &event, &bad, "connect_refused").await;
    let event = server.event("b", "2").await;
    answered(&server, &event, &good, 200).await;
    server.event("b", "3").await;
    server.settle().await;
    let overview = server.data(OVERVIEW, json!({})).await["overview"].take();
    assert_eq!(overview["waiting"], json!({ "count": 1, "exact": true }));
    assert_eq!(overview["deadLetters"]["count"], 1);
    assert_eq!(overview["subscriptions"], json!({ "active": 2, "paused": 0, "disabled": 0 }));
    assert_eq!(overview["lastHour"], json!({ "published": 3, "attempts": 2 }));
    let unhealthy = json!([{ "subscription": { "id": bad }, "reason": "LAST_ATTEMPT_FAILED", "since": server.now().to_string() }]);
    assert_eq!(overview["unhealthy"], unhealthy);
    let names: Vec<_> =
        overview["projections"].as_array().unwrap().iter().map(|view| &view["name"]).collect();
    assert_eq!(names, ["status", "queue", "analytics", "tools"]);
}

#[tokio::test]
async fn what_was_asked_for_is_retrying_and_due() {
    let server = app().await;
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    let event = server.event("a", "1").await;
    let dead = failed(&server, &event, &subscription, "connect_refused").await;
    server
        .data("mutation($id: ID!) { retryDelivery(input: { id: $id }) { ok } }", json!({ "id": dead }))
        .await;
    server.settle().await;
    let overview = server.data(OVERVIEW, json!({})).await["overview"].take();
    let counts = ["retrying", "dueRetries", "deadLetters"].map(|name| overview[name]["count"].clone());
    assert_eq!(counts, [json!(1), json!(1), json!(0)]);
}

#[tokio::test]
async fn it_needs_the_scope_read() {
    let server = app().await;
    let publisher = server.key(&[domain::Scope::Publish]).await;
    let refused = server.ask_as(&publisher, OVERVIEW, json!({})).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
}
