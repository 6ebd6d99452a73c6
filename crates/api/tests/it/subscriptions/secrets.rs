//! Rotating and revoking secrets.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, app};

const ROTATE: &str = "mutation($input: RotateSecretInput!) { rotateSecret(input: $input) { ok secret { id secret } refusals { code field } subscription { secrets { id current until } } } }";
const REVOKE: &str = "mutation($input: RevokeSecretInput!) { revokeSecret(input: $input) { ok secret { id } refusals { code field } subscription { secrets { id } } } }";

async fn rotate(server: &Server, input: Value) -> Value {
    server.data(ROTATE, json!({ "input": input })).await["rotateSecret"].take()
}

#[tokio::test]
async fn the_old_secret_signs_along_until_the_overlap_ends() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let payload = rotate(&server, json!({ "id": id, "overlapSeconds": 60 })).await;
    let secrets = payload["subscription"]["secrets"].as_array().unwrap();
    assert_eq!(
        (secrets.len(), &secrets[0]["id"], &secrets[0]["current"]),
        (2, &payload["secret"]["id"], &json!(true))
    );
    assert!(payload["secret"]["secret"].as_str().unwrap().starts_with("whsec_"));
    let until = server.now().after(Duration::from_mins(1)).to_string();
    assert_eq!((&secrets[1]["current"], &secrets[1]["until"]), (&json!(false), &json!(until)));
    server.clock.advance(Duration::from_secs(61));
    let shown = server
        .data("query($id: ID!) { subscription(id: $id) { secrets { id } } }", json!({ "id": id }))
        .await;
    assert_eq!(shown["subscription"]["secrets"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_old_secret_is_revoked_and_the_present_one_is_not() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let rotated = rotate(&server, json!({ "id": id })).await;
    let (current, old) = (
        rotated["subscription"]["secrets"][0]["id"].clone(),
        rotated["subscription"]["secrets"][1]["id"].clone(),
    );
    let refused = server.data(REVOKE, json!({ "input": { "id": id, "secretId": current } })).await;
    assert_eq!(
        refused["revokeSecret"]["refusals"],
        json!([{ "code": "secret_current", "field": "input.secretId" }])
    );
    let done = server.data(REVOKE, json!({ "input": { "id": id, "secretId": old } })).await;
    assert_eq!(done["revokeSecret"]["subscription"]["secrets"], json!([{ "id": current }]));
    let again = server.data(REVOKE, json!({ "input": { "id": id, "secretId": old } })).await;
    assert_eq!(again["revokeSecret"]["refusals"][0]["code"], "secret_unknown");
}

#[tokio::test]
async fn an_overlap_is_at_most_seven_days_and_old_secrets_are_few() {
    let server = app().await;
    let id = server.subscribe(&["a"]).await;
    let refused = rotate(&server, json!({ "id": id, "overlapSeconds": 604_801 })).await;
    assert_eq!(refused["refusals"], json!([{ "code": "overlap", "field": "input.overlapSeconds" }]));
    for _ in 0..4 {
        assert_eq!(rotate(&server, json!({ "id": id })).await["ok"], true);
    }
    assert_eq!(rotate(&server, json!({ "id": id })).await["refusals"][0]["code"], "too_many_secrets");
    assert_eq!(rotate(&server, json!({ "id": id, "overlapSeconds": 0 })).await["ok"], true);
}
