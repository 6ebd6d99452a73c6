//! `validateSubscription`, `validateSubscriptionUpdate`.

use serde_json::{Value, json};

use crate::support::{Server, app};

const CREATE: &str = "query($input: CreateSubscriptionInput!) { validateSubscription(input: $input) { ok refusals { code field pointer message } } }";
const REALLY: &str = "mutation($input: CreateSubscriptionInput!) { createSubscription(input: $input) { ok refusals { code field pointer message } } }";
const UPDATE: &str = "query($input: UpdateSubscriptionInput!) { validateSubscriptionUpdate(input: $input) { ok refusals { code field } } }";

async fn validated(server: &Server, input: Value) -> Value {
    server.data(CREATE, json!({ "input": input })).await["validateSubscription"].take()
}

#[tokio::test]
async fn what_would_be_accepted_is_ok_and_nothing_is_recorded() {
    let server = app().await;
    let before = server.head();
    let found =
        validated(&server, json!({ "endpoint": "https://example.com/in", "eventTypes": ["a.*"] })).await;
    assert_eq!(found, json!({ "ok": true, "refusals": [] }));
    assert_eq!(server.head(), before);
}

#[tokio::test]
async fn the_refusals_are_those_of_the_mutation() {
    let server = app().await;
    for input in [
        json!({ "endpoint": "https://10.0.0.1/in", "eventTypes": ["a"] }),
        json!({ "endpoint": "https://example.com/in", "eventTypes": [] }),
        json!({ "endpoint": "https://example.com/in", "eventTypes": ["A"], "filter": { "path": "data.x", "near": 1 } }),
        json!({ "endpoint": "https://example.com/in", "eventTypes": ["a"], "headers": [{ "name": "host", "value": "x" }] }),
        json!({ "endpoint": "https://example.com/in", "eventTypes": ["a"], "secret": { "own": "hunter2" } }),
        json!({ "endpoint": "https://example.com/in", "eventTypes": ["a"], "limits": { "timeoutMs": 1 } }),
    ] {
        let found = validated(&server, input.clone()).await;
        let refused = server.data(REALLY, json!({ "input": input })).await["createSubscription"].take();
        assert_eq!(found, refused, "{input}");
        assert_eq!(found["ok"], false);
    }
}

#[tokio::test]
async fn all_fields_of_a_form_are_judged_at_once() {
    let server = app().await;
    let input = json!({ "endpoint": "ftp://example.com", "eventTypes": ["A"], "filter": { "path": "data.x", "near": 1 } });
    let found = validated(&server, input).await;
    let fields: Vec<_> =
        found["refusals"].as_array().unwrap().iter().map(|refusal| &refusal["field"]).collect();
    assert_eq!(fields, ["input.eventTypes.0", "input.filter", "input.endpoint"]);
}

#[tokio::test]
async fn changes_are_judged_against_what_the_subscription_is_now() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let before = server.head();
    let ask = async |input: Value| {
        server.data(UPDATE, json!({ "input": input })).await["validateSubscriptionUpdate"].take()
    };
    let change = json!({ "id": id, "expectedVersion": 1, "description": "new", "headers": { "set": [{ "name": "x-a", "value": "b" }] } });
    assert_eq!(ask(change).await["ok"], true);
    let stale = ask(json!({ "id": id, "expectedVersion": 7, "description": "new" })).await;
    assert_eq!(stale["refusals"], json!([{ "code": "stale", "field": "input.expectedVersion" }]));
    let absent = ask(json!({ "id": "sub_01h2xcejqtf2nbrexx3vqjhp41", "description": "new" })).await;
    assert_eq!(absent["refusals"][0]["code"], "not_found");
    let private = ask(json!({ "id": id, "endpoint": "https://127.0.0.1/" })).await;
    assert_eq!(private["refusals"], json!([{ "code": "url_address", "field": "input.endpoint" }]));
    assert_eq!(server.head(), before);
}
