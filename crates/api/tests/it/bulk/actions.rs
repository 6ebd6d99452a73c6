//! `startBulkAction`, `cancelBulkAction`, `bulkAction`, `bulkActions`, `bulkActionChanges`.

use serde_json::{Value, json};

use crate::support::{Server, Socket, app, failed};

const START: &str = "mutation($input: StartBulkActionInput!) { startBulkAction(input: $input) { ok position refusals { code field } \
    bulkAction { id kind matched { count exact } note startedBy { kind } } } }";
const LOOK: &str =
    "query($id: ID!) { bulkAction(id: $id) { state lookedAt changed skipped endedAt selection } }";
const COUNT: &str =
    "query($states: [DeliveryState!]) { deliveries(filter: { states: $states }) { totalCount { count } } }";

async fn dead_letters(server: &Server, count: usize) -> String {
    server.register(&["a"]).await;
    let subscription = server.subscribe(&["a"]).await;
    for n in 0..count {
        let event = server.event("a", &n.to_string()).await;
        failed(server, &event, &subscription, "connect_refused").await;
    }
    subscription
}

async fn count(server: &Server, state: &str) -> u64 {
    server.settle().await;
    let data = server.data(COUNT, json!({ "states": [state] })).await;
    data["deliveries"]["totalCount"]["count"].as_u64().unwrap()
}

/// Starts an action, and waits until it has ended.
async fn done(server: &Server, input: Value) -> (String, Value) {
    let started = server.data(START, json!({ "input": input })).await["startBulkAction"].take();
    let id = started["bulkAction"]["id"].as_str().unwrap_or_else(|| panic!("{started:#}")).to_owned();
    for _ in 0..1_000 {
        server.settle().await;
        let action = server.data(LOOK, json!({ "id": id })).await["bulkAction"].take();
        if action["state"] != "RUNNING" {
            return (id, action);
        }
        tokio::task::yield_now().await;
    }
    panic!("it does not end");
}

#[tokio::test]
async fn all_dead_letters_are_retried_page_by_page() {
    let server = app().await;
    let subscription = dead_letters(&server, 5).await;
    let input =
        json!({ "kind": "RETRY", "filter": { "subscriptionId": subscription }, "note": "it is back" });
    let (id, action) = done(&server, input).await;
    assert_eq!(
        (&action["state"], &action["changed"], &action["lookedAt"]),
        (&json!("COMPLETED"), &json!(5), &json!(5))
    );
    assert_eq!(action["selection"], json!({ "states": ["dead_lettered"], "subscription": subscription }));
    assert_eq!((count(&server, "DEAD_LETTERED").await, count(&server, "RETRYING").await), (0, 5));
    let listed = server.data("{ bulkActions { nodes { id } } }", Value::Null).await;
    assert_eq!(listed["bulkActions"]["nodes"], json!([{ "id": id }]));
    let (_, other) = server.other_tenant().await;
    assert_eq!(server.ask_as(&other, LOOK, json!({ "id": id })).await["data"]["bulkAction"], Value::Null);
}

#[tokio::test]
async fn no_more_are_looked_at_than_was_asked_for() {
    let server = app().await;
    dead_letters(&server, 4).await;
    let (_, action) = done(&server, json!({ "kind": "CANCEL", "filter": {}, "deliveriesMax": 3 })).await;
    assert_eq!((&action["changed"], &action["state"]), (&json!(3), &json!("COMPLETED")));
    assert_eq!((count(&server, "DEAD_LETTERED").await, count(&server, "CANCELLED").await), (1, 3));
}

#[tokio::test]
async fn what_was_done_is_in_the_name_of_whoever_asked() {
    let server = app().await;
    dead_letters(&server, 1).await;
    done(&server, json!({ "kind": "CANCEL", "filter": {}, "note": "old" })).await;
    let list = "{ deliveries { nodes { cancellation { actor { kind } note } deadLetterReason } } }";
    let found = server.data(list, Value::Null).await["deliveries"]["nodes"][0].take();
    assert_eq!(found["cancellation"], json!({ "actor": { "kind": "API_KEY" }, "note": "old" }));
    assert_eq!(found["deadLetterReason"], "EXHAUSTED");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let server = app().await;
    let refused = async |input: Value| {
        server.data(START, json!({ "input": input })).await["startBulkAction"]["refusals"].take()
    };
    let none = refused(json!({ "kind": "RETRY", "filter": {}, "deliveriesMax": 0 })).await;
    assert_eq!(none, json!([{ "code": "bulk_action_limit", "field": "input.deliveriesMax" }]));
    let cancel = "mutation($id: ID!) { cancelBulkAction(input: { id: $id }) { ok refusals { code } } }";
    let absent = server.data(cancel, json!({ "id": "act_01h2xcejqtf2nbrexx3vqjhp41" })).await;
    assert_eq!(absent["cancelBulkAction"]["refusals"], json!([{ "code": "not_found" }]));
    let (id, _) = done(&server, json!({ "kind": "RETRY", "filter": {} })).await;
    let ended = server.data(cancel, json!({ "id": id })).await;
    assert_eq!(ended["cancelBulkAction"]["refusals"], json!([{ "code": "bulk_action_ended" }]));
    let reader = server.key(&[domain::Scope::Read]).await;
    let forbidden =
        server.ask_as(&reader, START, json!({ "input": { "kind": "RETRY", "filter": {} } })).await;
    assert_eq!(forbidden["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn its_progress_is_told_until_it_ends() {
    let server = app().await;
    dead_letters(&server, 3).await;
    let (id, _) = done(&server, json!({ "kind": "RETRY", "filter": {} })).await;
    let mut socket = Socket::connect(&server, &server.admin).await;
    let feed = "subscription($id: ID!) { bulkActionChanges(id: $id) { state changed } }";
    socket.subscribe("1", feed, json!({ "id": id })).await;
    let told = socket.hear().await["payload"]["data"]["bulkActionChanges"].take();
    assert_eq!(told, json!({ "state": "COMPLETED", "changed": 3 }));
    assert_eq!(socket.hear().await["type"], "complete");
}
