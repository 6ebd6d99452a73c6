//! Versions of event types, and events and records at other versions.

use serde_json::{Value, json};

use crate::support::app;

const ADD: &str = "mutation($input: AddEventTypeVersionInput!) { addEventTypeVersion(input: $input) { ok refusals { code field pointer message } eventType { name origin validation versions { number schemaName compatibility examples up { lossless steps } down { loses } } atVersion { number sample } } } }";
const FIRST: &str = r#"{"type":"object","required":["ms"],"properties":{"ms":{"type":"integer","minimum":0}},"additionalProperties":false,"examples":[{"ms":1500}]}"#;
const SECOND: &str =
    r#"{"type":"object","required":["s"],"properties":{"s":{"type":"number"}},"additionalProperties":false}"#;
const MAPPING: &str = r#"{"compatibility":"full","up":{"lossless":true,"steps":[{"op":"convert","path":"/ms","unit":["ms","s"]},{"op":"rename","path":"/ms","to":"s"}]},"down":{"loses":["fractions of a millisecond"],"steps":[{"op":"rename","path":"/s","to":"ms"},{"op":"convert","path":"/ms","unit":["s","ms"],"round":0}]}}"#;

#[tokio::test]
async fn a_type_gets_versions_and_events_are_seen_at_each() {
    let server = app().await;
    let first = server.data(ADD, json!({ "input": { "name": "acme.deployed", "schemaText": FIRST } })).await;
    assert_eq!(first["addEventTypeVersion"]["ok"], true, "{first}");
    let input = json!({ "name": "acme.deployed", "schemaText": SECOND, "mappingText": MAPPING });
    let second = server.data(ADD, json!({ "input": input })).await["addEventTypeVersion"].take();
    assert_eq!(second["ok"], true, "{second}");
    let versions = &second["eventType"]["versions"];
    assert_eq!(versions[0]["examples"], json!([{ "ms": 1500 }]));
    assert_eq!((&versions[1]["number"], &versions[1]["compatibility"]), (&json!(2), &json!("FULL")));
    assert_eq!(versions[1]["up"]["steps"][1], json!({ "op": "rename", "path": "/ms", "to": "s" }));
    assert!(second["eventType"]["atVersion"]["sample"]["s"].is_number());

    let publish = "mutation($input: PublishEventsInput!) { publishEvents(input: $input) { ok refusals { code field pointer } events { id position warnings { path rule } event { warnings { path rule } latest { version data } stored { dataText } as(version: 1) { version steps { from to } } lost: as(version: 9) { data problem { code } } } } } }";
    let events = json!({ "events": [{ "type": "acme.deployed", "dataText": "{\"ms\":1500}" }, { "type": "acme.deployed", "dataText": "{\"ms\":\"x\"}" }] });
    let published = server.data(publish, json!({ "input": events })).await["publishEvents"]["events"].take();
    let event = &published[0]["event"];
    assert_eq!(event["latest"], json!({ "version": 2, "data": { "s": 1.5 } }));
    assert_eq!(event["stored"]["dataText"], "{\"ms\":1500}");
    assert_eq!(event["as"], json!({ "version": 1, "steps": [] }));
    assert_eq!(event["lost"], json!({ "data": null, "problem": { "code": "no_way" } }));
    let warned = json!([{ "path": "/ms", "rule": "type" }]);
    assert_eq!((&published[1]["warnings"], &published[1]["event"]["warnings"]), (&warned, &warned));
    assert_eq!(published[1]["event"]["latest"]["version"], 2);

    let enforce = "mutation { setEventTypeValidation(input: { name: \"acme.deployed\", validation: ENFORCE }) { ok eventType { validation } } }";
    assert_eq!(
        server.data(enforce, Value::Null).await["setEventTypeValidation"]["eventType"]["validation"],
        "ENFORCE"
    );
    let events = json!({ "events": [{ "type": "acme.deployed", "dataText": "{\"ms\":-1}" }] });
    let refused = server.data(publish, json!({ "input": events })).await["publishEvents"].take();
    assert_eq!(
        refused["refusals"],
        json!([{ "code": "event_data_invalid", "field": "input.events.0.dataText", "pointer": "/ms" }])
    );
}

#[tokio::test]
async fn a_version_that_breaks_its_promise_is_refused_by_path_and_rule() {
    let server = app().await;
    server.data(ADD, json!({ "input": { "name": "a.b", "schemaText": FIRST } })).await;
    let before = server.head();
    for (schema, mapping, code, field, pointer) in [
        (SECOND, r#"{"compatibility":"backward"}"#, "incompatible", "mappingText", json!("/s")),
        (r#"{"type":7}"#, r#"{"compatibility":"none"}"#, "schema_invalid", "schemaText", json!("/type")),
        ("{}", r#"{"compatibility":"sideways"}"#, "mapping_invalid", "mappingText", json!("/compatibility")),
    ] {
        let input = json!({ "name": "a.b", "schemaText": schema, "mappingText": mapping });
        let refusals =
            server.data(ADD, json!({ "input": input })).await["addEventTypeVersion"]["refusals"].take();
        let told = (&refusals[0]["code"], &refusals[0]["field"], &refusals[0]["pointer"]);
        assert_eq!(told, (&json!(code), &json!(format!("input.{field}")), &pointer), "{refusals}");
    }
    assert_eq!(server.head(), before);
}

#[tokio::test]
async fn the_catalogue_is_a_tree_that_can_be_searched() {
    let server = app().await;
    server.register(&["sys.alert.raised", "sys.quota", "other"]).await;
    let tree = server
        .data(
            "{ eventTypeFamilies { name eventTypes { name } families { name eventTypes { name family } } } }",
            Value::Null,
        )
        .await["eventTypeFamilies"]
        .take();
    assert_eq!(
        tree,
        json!([
            { "name": "", "eventTypes": [{ "name": "other" }], "families": [] },
            { "name": "sys", "eventTypes": [{ "name": "sys.quota" }], "families": [
                { "name": "sys.alert", "eventTypes": [{ "name": "sys.alert.raised", "family": "sys.alert" }] }
            ] }
        ])
    );
    let found = server
        .data(
            "{ eventTypes(search: \"ALERT\") { nodes { name subscribers { nodes { id } } } } }",
            Value::Null,
        )
        .await;
    assert_eq!(
        found["eventTypes"]["nodes"],
        json!([{ "name": "sys.alert.raised", "subscribers": { "nodes": [] } }])
    );
    let below = server.data("{ eventTypes(family: \"sys\") { nodes { name } } }", Value::Null).await;
    assert_eq!(below["eventTypes"]["nodes"].as_array().unwrap().len(), 2);
}
