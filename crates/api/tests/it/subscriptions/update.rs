//! `updateSubscription`.

use serde_json::{Value, json};

use crate::support::{Server, app};

const UPDATE: &str = "mutation($input: UpdateSubscriptionInput!) { updateSubscription(input: $input) { ok version refusals { code message field } \
    subscription { endpoint eventTypes filter headerNames description labels { key } version } } }";

async fn update(server: &Server, input: Value) -> Value {
    server.data(UPDATE, json!({ "input": input })).await["updateSubscription"].take()
}

#[tokio::test]
async fn what_is_given_changes_and_the_rest_stays() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let payload = update(&server, json!({ "id": id, "endpoint": "https://example.org/x", "filter": { "path": "data.a", "exists": true } })).await;
    let subscription = &payload["subscription"];
    assert_eq!(
        (&subscription["endpoint"], &subscription["eventTypes"]),
        (&json!("https://example.org/x"), &json!(["a"]))
    );
    assert_eq!(subscription["filter"], json!({ "path": "data.a", "exists": true }));
    let payload = update(&server, json!({ "id": id, "filter": null, "eventTypes": ["b.*"] })).await;
    assert_eq!(
        (&payload["subscription"]["filter"], &payload["subscription"]["eventTypes"]),
        (&Value::Null, &json!(["b.*"]))
    );
}

#[tokio::test]
async fn headers_are_replaced_or_changed_one_by_one() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let names = |payload: Value| payload["subscription"]["headerNames"].clone();
    let replace = json!({ "replace": [{ "name": "x-a", "value": "1" }, { "name": "x-b", "value": "2" }] });
    assert_eq!(names(update(&server, json!({ "id": id, "headers": replace })).await), json!(["x-a", "x-b"]));
    let patch = json!({ "set": [{ "name": "X-C", "value": "3" }], "remove": ["X-A"] });
    assert_eq!(names(update(&server, json!({ "id": id, "headers": patch })).await), json!(["x-b", "x-c"]));
    let both = json!({ "replace": [], "remove": ["x-b"] });
    let payload = update(&server, json!({ "id": id, "headers": both })).await;
    assert_eq!(payload["refusals"][0]["code"], "header_changes");
}

#[tokio::test]
async fn a_stale_edit_is_refused_with_the_present_version() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let first = update(&server, json!({ "id": id, "expectedVersion": 1, "description": "one" })).await;
    assert_eq!((&first["ok"], &first["version"]), (&json!(true), &json!(2)));
    let before = server.head();
    let stale = update(&server, json!({ "id": id, "expectedVersion": 1, "description": "two" })).await;
    assert_eq!(
        (&stale["ok"], &stale["refusals"][0]["code"], &stale["refusals"][0]["field"]),
        (&json!(false), &json!("stale"), &json!("input.expectedVersion"))
    );
    assert!(stale["refusals"][0]["message"].as_str().unwrap().contains("version 2"));
    assert_eq!(server.head(), before);
}

#[tokio::test]
async fn what_is_so_already_is_not_recorded_again() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let before = server.head();
    let payload =
        update(&server, json!({ "id": id, "endpoint": "https://example.com/hooks", "eventTypes": ["a"] }))
            .await;
    assert_eq!((&payload["ok"], &payload["version"]), (&json!(true), &json!(1)));
    assert_eq!(server.head(), before);
}

#[tokio::test]
async fn a_foreign_subscription_looks_like_an_absent_one() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let (_, other) = server.other_tenant().await;
    let before = server.head();
    let mut answers = Vec::new();
    for id in [id.as_str(), "sub_01h2xcejqtf2nbrexx3vqjhp41"] {
        let variables = json!({ "input": { "id": id, "description": "mine now" } });
        answers.push(server.ask_as(&other, UPDATE, variables).await["data"]["updateSubscription"].take());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!((&answers[0]["ok"], &answers[0]["refusals"][0]["code"]), (&json!(false), &json!("not_found")));
    assert_eq!(server.head(), before);
    let payload = update(&server, json!({ "id": "evt_01h2xcejqtf2nbrexx3vqjhp41", "description": "" })).await;
    assert_eq!(
        (&payload["refusals"][0]["code"], &payload["refusals"][0]["field"]),
        (&json!("id"), &json!("input.id"))
    );
}

#[tokio::test]
async fn a_forbidden_url_is_refused_here_too() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let payload =
        update(&server, json!({ "id": id, "endpoint": "https://169.254.169.254/", "description": "x" }))
            .await;
    assert_eq!(payload["refusals"][0]["code"], "url_address");
    assert_eq!(
        server.data("query($id: ID!) { subscription(id: $id) { version } }", json!({ "id": id })).await["subscription"]
            ["version"],
        1
    );
}
