//! Making, renaming, suspending and reinstating tenants.

use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Server, app};

async fn command(server: &Server, name: &str, input_type: &str, input: Value) -> Value {
    let mutation = format!(
        "mutation($input: {input_type}!) {{ {name}(input: $input) {{ ok refusals {{ code field }} tenant {{ id name suspended suspensionNote version }} }} }}"
    );
    server.data(&mutation, json!({ "input": input })).await[name].take()
}

#[tokio::test]
async fn a_suspended_tenant_is_turned_away_until_it_is_reinstated() {
    let server = app().await;
    let created = command(&server, "createTenant", "CreateTenantInput", json!({ "name": "acme" })).await;
    let id = created["tenant"]["id"].as_str().unwrap();
    let key = server.key_of(id.parse().unwrap(), &[domain::Scope::Read]).await;
    let renamed =
        command(&server, "renameTenant", "RenameTenantInput", json!({ "id": id, "name": "ACME" })).await;
    assert_eq!((&renamed["tenant"]["name"], &renamed["tenant"]["version"]), (&json!("ACME"), &json!(2)));
    let suspended =
        command(&server, "suspendTenant", "SuspendTenantInput", json!({ "id": id, "note": "unpaid" })).await;
    assert_eq!(
        (&suspended["tenant"]["suspended"], &suspended["tenant"]["suspensionNote"]),
        (&json!(true), &json!("unpaid"))
    );
    let body = || json!({ "query": "{ __typename }" }).to_string();
    assert_eq!(server.post("/graphql", &key, body()).await.status, StatusCode::FORBIDDEN);
    command(&server, "reinstateTenant", "ReinstateTenantInput", json!({ "id": id })).await;
    assert_eq!(server.post("/graphql", &key, body()).await.status, StatusCode::OK);
    let data = server.data("{ tenants { nodes { name } } }", Value::Null).await;
    assert_eq!(data["tenants"]["nodes"], json!([{ "name": "ACME" }, { "name": "default" }]));
}

#[tokio::test]
async fn what_is_not_there_or_one_s_own_is_refused_and_nothing_is_stored() {
    let server = app().await;
    let before = server.head();
    let absent = "ten_01h2xcejqtf2nbrexx3vqjhp41";
    let refused = command(&server, "suspendTenant", "SuspendTenantInput", json!({ "id": absent })).await;
    assert_eq!(refused["refusals"], json!([{ "code": "not_found", "field": "input.id" }]));
    let own = app::bootstrap::DEFAULT_TENANT.to_string();
    let refused = command(&server, "suspendTenant", "SuspendTenantInput", json!({ "id": own })).await;
    assert_eq!(refused["refusals"], json!([{ "code": "own_tenant", "field": "input.id" }]));
    let refused = command(&server, "createTenant", "CreateTenantInput", json!({ "name": " " })).await;
    assert_eq!(refused["refusals"], json!([{ "code": "name", "field": "input.name" }]));
    assert_eq!(server.head(), before);
}
