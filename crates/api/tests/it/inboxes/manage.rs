//! `createInbox`, `updateInbox`, `clearInbox`, `deleteInbox`, `inbox`, `inboxes`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, app};

const CREATE: &str = "mutation($input: CreateInboxInput!) { createInbox(input: $input) { ok refusals { code field } \
    inbox { id url name expiresAt received kept responses { status times delayMs } } } }";

async fn create(server: &Server, input: Value) -> Value {
    server.data(CREATE, json!({ "input": input })).await["createInbox"].take()
}

#[tokio::test]
async fn an_inbox_has_a_url_that_cannot_be_guessed_and_that_its_own_tenant_can_subscribe() {
    let server = app().await;
    let made = create(&server, json!({ "name": "first try" })).await;
    let url = made["inbox"]["url"].as_str().unwrap();
    assert!(url.starts_with("https://inbox.hookledger.internal/inb_") && url.len() > 60, "{url}");
    assert_eq!(made["inbox"]["responses"], json!([{ "status": 204, "times": 1, "delayMs": 0 }]));
    let subscribe = "mutation($input: CreateSubscriptionInput!) { createSubscription(input: $input) { ok refusals { code field } } }";
    let input = json!({ "input": { "endpoint": url, "eventTypes": ["a"] } });
    assert_eq!(server.data(subscribe, input.clone()).await["createSubscription"]["ok"], true);
    let (_, other) = server.other_tenant().await;
    let foreign = server.ask_as(&other, subscribe, input).await["data"]["createSubscription"].take();
    assert_eq!(foreign["refusals"], json!([{ "code": "no_inbox", "field": "input.endpoint" }]));
    let guessed = format!("{}{}", &url[..url.len() - 1], if url.ends_with('0') { '1' } else { '0' });
    let guessed =
        server.data(subscribe, json!({ "input": { "endpoint": guessed, "eventTypes": ["a"] } })).await;
    assert_eq!(guessed["createSubscription"]["refusals"][0]["code"], "no_inbox");
}

#[tokio::test]
async fn an_inbox_is_changed_listed_and_removed_and_nobody_else_sees_it() {
    let server = app().await;
    let id = create(&server, json!({})).await["inbox"]["id"].take();
    let update = "mutation($input: UpdateInboxInput!) { updateInbox(input: $input) { ok inbox { name responses { status } } refusals { code } } }";
    let input =
        json!({ "id": id, "name": "flaky", "responses": [{ "status": 503, "times": 2 }, { "status": 200 }] });
    let changed = server.data(update, json!({ "input": input })).await["updateInbox"].take();
    assert_eq!(
        changed["inbox"],
        json!({ "name": "flaky", "responses": [{ "status": 503 }, { "status": 200 }] })
    );
    let list = "{ inboxes { id } }";
    assert_eq!(server.data(list, Value::Null).await["inboxes"], json!([{ "id": id }]));
    let (_, other) = server.other_tenant().await;
    assert_eq!(server.ask_as(&other, list, Value::Null).await["data"]["inboxes"], json!([]));
    let delete = "mutation($id: ID!) { deleteInbox(input: { id: $id }) { ok refusals { code } } }";
    let foreign = server.ask_as(&other, delete, json!({ "id": id })).await["data"]["deleteInbox"].take();
    assert_eq!(foreign["refusals"], json!([{ "code": "not_found" }]));
    assert_eq!(server.data(delete, json!({ "id": id })).await["deleteInbox"]["ok"], true);
    assert_eq!(server.data(list, Value::Null).await["inboxes"], json!([]));
}

#[tokio::test]
async fn an_inbox_goes_away_when_its_time_is_over() {
    let server = app().await;
    let id = create(&server, json!({ "lifetimeMinutes": 1 })).await["inbox"]["id"].take();
    let look = "query($id: ID!) { inbox(id: $id) { id } }";
    assert_eq!(server.data(look, json!({ "id": id })).await["inbox"]["id"], id);
    server.clock.advance(Duration::from_mins(1));
    assert_eq!(server.data(look, json!({ "id": id })).await["inbox"], Value::Null);
}

#[tokio::test]
async fn bounds_are_kept_and_named() {
    let server = app().await;
    for (input, code, field) in [
        (json!({ "lifetimeMinutes": 0 }), "lifetime", "input.lifetimeMinutes"),
        (json!({ "lifetimeMinutes": 10_081 }), "lifetime", "input.lifetimeMinutes"),
        (json!({ "name": "x".repeat(129) }), "name", "input.name"),
        (json!({ "responses": [{ "status": 99 }] }), "inbox_response", "input.responses"),
        (json!({ "responses": [{ "delayMs": 30_001 }] }), "inbox_response", "input.responses"),
    ] {
        let refused = create(&server, input.clone()).await;
        assert_eq!(refused["refusals"], json!([{ "code": code, "field": field }]), "{input}");
    }
    for _ in 0..20 {
        assert_eq!(create(&server, json!({})).await["ok"], true);
    }
    assert_eq!(create(&server, json!({})).await["refusals"][0]["code"], "too_many_inboxes");
}
