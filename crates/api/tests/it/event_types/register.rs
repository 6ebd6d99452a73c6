//! `registerEventType`.

use serde_json::{Value, json};

use crate::support::{Server, app};

const REGISTER: &str = "mutation($input: RegisterEventTypeInput!) { registerEventType(input: $input) { ok version refusals { code field } eventType { id name description archived } } }";

async fn register(server: &Server, input: Value) -> Value {
    server.data(REGISTER, json!({ "input": input })).await["registerEventType"].take()
}

#[tokio::test]
async fn a_type_is_registered_once_and_described_anew() {
    let server = app().await;
    let first =
        register(&server, json!({ "name": "benchmark.completed", "description": "a run ended" })).await;
    assert_eq!(
        (&first["ok"], &first["version"], &first["eventType"]["description"]),
        (&json!(true), &json!(1), &json!("a run ended"))
    );
    let same =
        register(&server, json!({ "name": "benchmark.completed", "description": "a run ended" })).await;
    assert_eq!((&same["version"], &same["eventType"]["id"]), (&json!(1), &first["eventType"]["id"]));
    let anew = register(&server, json!({ "name": "benchmark.completed", "description": "it is over" })).await;
    assert_eq!(anew["version"], 2);
}

#[tokio::test]
async fn names_that_are_none_are_refused_and_nothing_is_stored() {
    let server = app().await;
    let before = server.head();
    for name in ["", "A", "a b", "a..b", ".a", "a.*", "ä", &"a".repeat(129)] {
        let payload = register(&server, json!({ "name": name })).await;
        assert_eq!(payload["refusals"], json!([{ "code": "event_type", "field": "input.name" }]), "{name:?}");
    }
    let payload = register(&server, json!({ "name": "a", "description": "x".repeat(1_025) })).await;
    assert_eq!(payload["refusals"], json!([{ "code": "text", "field": "input.description" }]));
    assert_eq!(server.head(), before);
}
