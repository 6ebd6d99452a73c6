//! `previewDelivery`, `sendTest`, `tests`. What is really sent is shown on the real server.

use serde_json::{Value, json};

use crate::support::{Server, app};

const PREVIEW: &str = "query($input: TestInput!) { previewDelivery(input: $input) { ok refusals { code field } matched typeMatched \
    filterMatched reasons url bodyBytes } }";

async fn preview(server: &Server, input: Value) -> Value {
    server.data(PREVIEW, json!({ "input": input })).await["previewDelivery"].take()
}

#[tokio::test]
async fn a_preview_explains_the_match_and_records_nothing() {
    let server = app().await;
    let before = server.head();
    let draft = json!({ "endpoint": "https://example.com/in", "eventTypes": ["a"], "filter": { "path": "data.n", "gt": 5 } });
    let input = json!({ "event": { "type": "a", "dataText": "{\"n\":3}" }, "target": { "draft": draft } });
    let found = preview(&server, input).await;
    assert_eq!(
        (&found["ok"], &found["matched"], &found["typeMatched"]),
        (&json!(true), &json!(false), &json!(true))
    );
    assert_eq!((&found["filterMatched"], &found["url"]), (&json!(false), &json!("https://example.com/in")));
    assert!(found["reasons"][0].as_str().unwrap().contains("data.n"), "{found:#}");
    assert_eq!(server.head(), before);
}

#[tokio::test]
async fn a_subscription_that_exists_is_asked_as_it_is_and_by_its_own_tenant_only() {
    let server = app().await;
    let id = server.subscribe(&["a.*"]).await;
    let input = json!({ "event": { "type": "a.b", "dataText": "1" }, "target": { "subscriptionId": id } });
    assert_eq!(preview(&server, input.clone()).await["matched"], true);
    let (_, other) = server.other_tenant().await;
    let foreign =
        server.ask_as(&other, PREVIEW, json!({ "input": input })).await["data"]["previewDelivery"].take();
    assert_eq!(foreign["refusals"], json!([{ "code": "not_found", "field": "input.target.subscriptionId" }]));
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named() {
    let server = app().await;
    let draft = json!({ "endpoint": "https://example.com/in", "eventTypes": ["A"] });
    let input = json!({ "event": { "type": "A", "dataText": "{" }, "target": { "draft": draft } });
    let found = preview(&server, input).await;
    let fields: Vec<_> =
        found["refusals"].as_array().unwrap().iter().map(|refusal| &refusal["field"]).collect();
    assert_eq!(fields, ["input.event.type", "input.event.dataText", "input.target.draft.eventTypes.0"]);
    let draft = json!({ "endpoint": "https://10.0.0.1/in", "eventTypes": ["a"] });
    let input = json!({ "event": { "type": "a", "dataText": "{}" }, "target": { "draft": draft } });
    let found = preview(&server, input).await;
    assert_eq!(found["refusals"], json!([{ "code": "url_address", "field": "input.target.draft.endpoint" }]));
}

#[tokio::test]
async fn tests_are_bounded_in_time_and_what_cannot_be_sent_is_refused() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let send = "mutation($input: TestInput!) { sendTest(input: $input) { ok refusals { code field } } }";
    let input = json!({ "input": { "event": { "type": "a", "dataText": "{}" }, "target": { "subscriptionId": id } } });
    for _ in 0..30 {
        let refused = server.data(send, input.clone()).await["sendTest"].take();
        assert_eq!(refused["refusals"], json!([{ "code": "cannot_send", "field": "input.target" }]));
    }
    let refused = server.data(send, input).await["sendTest"].take();
    assert_eq!(refused["refusals"][0]["code"], "rate_limited");
    assert_eq!(server.data("{ tests { nodes { id } } }", Value::Null).await["tests"]["nodes"], json!([]));
}
