//! `archiveEventType`.

use serde_json::{Value, json};

use crate::support::app;

const ARCHIVE: &str = "mutation($input: ArchiveEventTypeInput!) { archiveEventType(input: $input) { ok version refusals { code field } eventType { archived } } }";

#[tokio::test]
async fn an_archived_type_stays_visible_and_is_restored_by_registering_it() {
    let server = app().await;
    server.register(&["a"]).await;
    let payload = server.data(ARCHIVE, json!({ "input": { "name": "a", "expectedVersion": 1 } })).await["archiveEventType"].take();
    assert_eq!((&payload["ok"], &payload["eventType"]["archived"]), (&json!(true), &json!(true)));
    server.register(&["a"]).await;
    assert_eq!(
        server.data("{ eventType(name: \"a\") { archived } }", Value::Null).await["eventType"]["archived"],
        false
    );
}

#[tokio::test]
async fn what_was_never_registered_here_is_not_found() {
    let server = app().await;
    server.register(&["a"]).await;
    let (_, other) = server.other_tenant().await;
    let before = server.head();
    let response = server.ask_as(&other, ARCHIVE, json!({ "input": { "name": "a" } })).await;
    assert_eq!(
        response["data"]["archiveEventType"]["refusals"],
        json!([{ "code": "not_found", "field": "input.name" }])
    );
    let stale = server.data(ARCHIVE, json!({ "input": { "name": "a", "expectedVersion": 9 } })).await;
    assert_eq!(
        stale["archiveEventType"]["refusals"],
        json!([{ "code": "stale", "field": "input.expectedVersion" }])
    );
    assert_eq!(server.head(), before);
}
