//! `createApiKey`.

use domain::Scope;
use serde_json::{Value, json};

use crate::support::{Server, app};

const CREATE: &str = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { ok secret refusals { code field } apiKey { name prefix scopes expiresAt } } }";

async fn create(server: &Server, input: Value) -> Value {
    server.data(CREATE, json!({ "input": input })).await["createApiKey"].take()
}

#[tokio::test]
async fn a_key_is_shown_once_and_works_at_once() {
    let server = app().await;
    let payload = create(&server, json!({ "name": "ci", "scopes": ["READ", "READ", "PUBLISH"] })).await;
    let key = payload["secret"].as_str().unwrap();
    assert_eq!(
        payload["apiKey"],
        json!({ "name": "ci", "prefix": key[..11], "scopes": ["PUBLISH", "READ"], "expiresAt": null })
    );
    let response = server.ask_as(key, "{ viewer { scopes } apiKeys { nodes { name } } }", Value::Null).await;
    assert_eq!(response["data"]["viewer"]["scopes"], json!(["PUBLISH", "READ"]));
    assert!(!response.to_string().contains(key));
}

#[tokio::test]
async fn a_key_of_another_tenant_belongs_there() {
    let server = app().await;
    let (tenant, _) = server.other_tenant().await;
    let payload =
        create(&server, json!({ "name": "theirs", "scopes": ["READ"], "tenantId": tenant.to_string() }))
            .await;
    let key = payload["secret"].as_str().unwrap().to_owned();
    server.settle().await;
    let response = server.ask_as(&key, "{ viewer { tenant { id } } }", Value::Null).await;
    assert_eq!(response["data"]["viewer"]["tenant"]["id"], tenant.to_string());
}

#[tokio::test]
async fn what_cannot_be_given_is_refused_and_nothing_is_stored() {
    let server = app().await;
    let manager = server.key(&[Scope::Manage, Scope::Read]).await;
    let before = server.head();
    for (input, code, field) in [
        (json!({ "name": "", "scopes": ["READ"] }), "name", "input.name"),
        (json!({ "name": "x".repeat(129), "scopes": ["READ"] }), "name", "input.name"),
        (json!({ "name": "k", "scopes": [] }), "no_scope", "input.scopes"),
        (
            json!({ "name": "k", "scopes": ["READ"], "expiresAt": "2020-01-01T00:00:00Z" }),
            "expiry_past",
            "input.expiresAt",
        ),
        (
            json!({ "name": "k", "scopes": ["READ"], "tenantId": "ten_01h2xcejqtf2nbrexx3vqjhp41" }),
            "not_found",
            "input.tenantId",
        ),
        (json!({ "name": "k", "scopes": ["READ"], "tenantId": "acme" }), "id", "input.tenantId"),
    ] {
        let payload = create(&server, input.clone()).await;
        assert_eq!(payload["refusals"], json!([{ "code": code, "field": field }]), "{input}");
        assert_eq!(payload["secret"], Value::Null);
    }
    let response =
        server.ask_as(&manager, CREATE, json!({ "input": { "name": "k", "scopes": ["OPERATE"] } })).await;
    assert_eq!(
        response["data"]["createApiKey"]["refusals"],
        json!([{ "code": "scope_not_held", "field": "input.scopes" }])
    );
    assert_eq!(server.head(), before);
}
