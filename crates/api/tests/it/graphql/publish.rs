//! Publishing over GraphQL.

use serde_json::{Value, json};

use crate::support::{Server, app};

const PUBLISH: &str = "mutation($input: PublishEventsInput!) { publishEvents(input: $input) { ok position events { id duplicate event { type dataText data metadataText } } refusals { code field } } }";

async fn publish(server: &Server, input: Value) -> Value {
    server.data(PUBLISH, json!({ "input": input })).await["publishEvents"].take()
}

#[tokio::test]
async fn data_is_carried_byte_for_byte_as_a_text_and_as_a_value() {
    let server = app().await;
    server.register(&["a"]).await;
    let text = r#"{"n":1.10,"a":12345678901234567890.123456789,"a":"\u0000"}"#;
    let input = json!({ "events": [{ "type": "a", "dataText": text, "metadataText": "{\"x\": 1.0}" }] });
    let body = json!({ "query": PUBLISH, "variables": { "input": input } });
    let answer = server.post("/graphql", &server.admin, body.to_string()).await;
    let event = &answer.json()["data"]["publishEvents"]["events"][0]["event"];
    assert_eq!(event["dataText"], text);
    assert_eq!(event["metadataText"], "{\"x\": 1.0}");
    // As a value it stands in the response as it was recorded, whatever a parser makes of it.
    assert!(answer.text().contains(&format!("\"data\":{text}")), "{}", answer.text());
}

#[tokio::test]
async fn a_call_is_recognised_by_its_idempotency_key() {
    let server = app().await;
    server.register(&["a"]).await;
    let input = json!({ "events": [{ "type": "a", "dataText": "1" }], "idempotencyKey": "k" });
    let first = publish(&server, input.clone()).await;
    let again = publish(&server, input).await;
    assert_eq!(
        (first["events"][0]["duplicate"].clone(), again["events"][0]["duplicate"].clone()),
        (json!(false), json!(true))
    );
    assert_eq!(
        (&first["events"][0]["id"], &first["position"]),
        (&again["events"][0]["id"], &again["position"])
    );
}

#[tokio::test]
async fn flaws_are_refusals_at_their_field_and_nothing_is_stored() {
    let server = app().await;
    server.register(&["a"]).await;
    let before = server.head();
    for (event, field, code) in [
        (json!({ "type": "A", "dataText": "1" }), "type", "event_type"),
        (json!({ "type": "b", "dataText": "1" }), "type", "event_type_unknown"),
        (json!({ "type": "a", "dataText": "{" }), "dataText", "json"),
        (
            json!({ "type": "a", "dataText": "1", "metadataText": "[1]" }),
            "metadataText",
            "metadata_not_an_object",
        ),
        (json!({ "type": "a", "dataText": "1", "version": 0 }), "version", "version_zero"),
        (json!({ "type": "a", "dataText": "1", "source": "a b" }), "source", "source"),
        (json!({ "type": "a", "dataText": "1", "id": "" }), "id", "event_key"),
        (
            json!({ "type": "a", "dataText": format!("\"{}\"", "x".repeat(256 << 10)) }),
            "dataText",
            "data_too_large",
        ),
    ] {
        let payload = publish(&server, json!({ "events": [{ "type": "a", "dataText": "1" }, event] })).await;
        let expected = json!([{ "code": code, "field": format!("input.events.1.{field}") }]);
        assert_eq!(
            (&payload["ok"], &payload["refusals"], &payload["events"]),
            (&json!(false), &expected, &json!([])),
            "{code}"
        );
    }
    let payload = publish(&server, json!({ "events": [] })).await;
    assert_eq!(payload["refusals"], json!([{ "code": "no_events", "field": "input.events" }]));
    let payload =
        publish(&server, json!({ "events": [{ "type": "a", "dataText": "1" }], "idempotencyKey": "a b" }))
            .await;
    assert_eq!(payload["refusals"][0]["code"], "idempotency_key");
    assert_eq!(server.head(), before);
}
