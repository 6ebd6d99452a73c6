//! `revokeApiKey`.

use domain::Scope;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::app;

const REVOKE: &str = "mutation($id: ID!) { revokeApiKey(input: { id: $id }) { ok refusals { code field } apiKey { revokedAt } } }";

#[tokio::test]
async fn a_revoked_key_opens_nothing_any_more() {
    let server = app().await;
    let key = server.key(&[Scope::Read]).await;
    server.settle().await;
    let viewer = server.ask_as(&key, "{ viewer { apiKey { id } } }", Value::Null).await;
    let id = &viewer["data"]["viewer"]["apiKey"]["id"];
    let payload = server.data(REVOKE, json!({ "id": id })).await["revokeApiKey"].take();
    assert_eq!(
        (&payload["ok"], &payload["apiKey"]["revokedAt"]),
        (&json!(true), &json!(server.now().to_string())),
        "{payload:#}"
    );
    let body = json!({ "query": "{ __typename }" }).to_string();
    assert_eq!(server.post("/graphql", &key, body).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn foreign_and_absent_keys_are_not_found() {
    let server = app().await;
    let (_, other) = server.other_tenant().await;
    server.settle().await;
    let viewer = server.ask_as(&other, "{ viewer { apiKey { id } } }", Value::Null).await;
    let before = server.head();
    for id in [viewer["data"]["viewer"]["apiKey"]["id"].as_str().unwrap(), "key_01h2xcejqtf2nbrexx3vqjhp41"] {
        let payload = server.data(REVOKE, json!({ "id": id })).await["revokeApiKey"].take();
        assert_eq!(payload["refusals"], json!([{ "code": "not_found", "field": "input.id" }]));
    }
    assert_eq!(server.head(), before);
}
