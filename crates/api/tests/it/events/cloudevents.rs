//! `CloudEvents` as a way to publish.

use axum::body::Body;
use domain::event::Event;
use domain::{EventId, Fact, Scope, Sequence};
use http::{Request, StatusCode};
use serde_json::json;

use crate::support::{Answer, Server, app};

const DATA: &str = r#"{"b":1.10, "a":12345678901234567890.123456789,"a":"\u0000\u2028é😀"}"#;

async fn send(server: &Server, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let request = Request::post("/v1/events").header("authorization", format!("Bearer {}", server.admin));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    server.send(request.body(body.into()).unwrap()).await
}

fn event(id: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/eu","type":"benchmark.completed","dataversion":3,"partitionkey":"eu","data":{DATA}}}"#
    )
}

const STRUCTURED: &[(&str, &str)] = &[("content-type", "application/cloudevents+json; charset=utf-8")];
const BATCH: &[(&str, &str)] = &[("content-type", "application/cloudevents-batch+json")];
const BINARY: &[(&str, &str)] = &[
    ("content-type", "application/json"),
    ("ce-specversion", "1.0"),
    ("ce-id", "run-1"),
    ("ce-source", "/eu"),
    ("ce-type", "benchmark.completed"),
    ("ce-dataversion", "3"),
    ("ce-partitionkey", "eu"),
];

#[tokio::test]
async fn an_event_is_the_same_in_every_mode_and_stands_in_the_ledger_byte_for_byte() {
    let server = app().await;
    server.register(&["benchmark.completed"]).await;
    let first = send(&server, STRUCTURED, event("run-1")).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.text());
    assert_eq!(first.json()["events"][0]["duplicate"], false);
    let id: EventId = first.json()["events"][0]["id"].as_str().unwrap().parse().unwrap();
    let head = server.head();
    for (headers, body) in [(BINARY, DATA.to_owned()), (BATCH, format!("[{}]", event("run-1")))] {
        let again = send(&server, headers, body).await;
        assert_eq!(again.status, StatusCode::ACCEPTED, "{}", again.text());
        assert_eq!(again.json()["events"][0]["duplicate"], true);
    }
    assert_eq!(server.head(), head);
    let record = server.ledger.read_stream(id.into(), Sequence::NONE, 1).await.unwrap().remove(0);
    let Ok(Fact::Event(Event::Published(published))) = record.fact() else { panic!("not an event") };
    assert_eq!(published.data.as_str(), DATA);
    assert_eq!((published.version, published.source.as_str()), (3, "/eu"));
    assert_eq!(published.metadata.as_ref().unwrap().as_str(), r#"{"attributes":{"partitionkey":"eu"}}"#);
}

#[tokio::test]
async fn a_batch_is_accepted_as_a_whole_or_not_at_all_and_may_be_empty() {
    let server = app().await;
    server.register(&["benchmark.completed"]).await;
    let answer = send(&server, BATCH, format!("[{},{}]", event("1"), event("2"))).await;
    assert_eq!(answer.json()["events"].as_array().unwrap().len(), 2, "{}", answer.text());
    let head = server.head();
    let flawed = format!("[{},{}]", event("3"), event("4").replace("\"1.0\"", "\"0.3\""));
    let refused = send(&server, BATCH, flawed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/1/specversion");
    let empty = send(&server, BATCH, "[]").await;
    assert_eq!((empty.status, empty.json()), (StatusCode::ACCEPTED, json!({ "events": [] })));
    assert_eq!(server.head(), head);
    let reader = server.key(&[Scope::Read]).await;
    let request = Request::post("/v1/events").header("authorization", format!("Bearer {reader}"));
    let request = request.header("content-type", BATCH[0].1).body("[]".into()).unwrap();
    assert_eq!(server.send(request).await.status, StatusCode::FORBIDDEN, "even for nothing");
}

#[tokio::test]
async fn refusals_name_the_attribute_whatever_the_mode() {
    let server = app().await;
    server.register(&["benchmark.completed"]).await;
    let unknown = send(&server, STRUCTURED, event("1").replace("benchmark.", "bench.")).await;
    assert_eq!(unknown.json()["errors"][0]["pointer"], "/type");
    let without: Vec<_> = BINARY.iter().copied().filter(|(name, _)| *name != "ce-source").collect();
    let missing = send(&server, &without, DATA).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(missing.json()["errors"][0]["pointer"], "/source");
    assert!(missing.json()["detail"].as_str().unwrap().starts_with("source is missing"));
    let long = format!(
        r#"{{"specversion":"1.0","id":"1","source":"/","type":"benchmark.completed","note":"{}"}}"#,
        "x".repeat(17 << 10)
    );
    let long = send(&server, STRUCTURED, long).await;
    assert_eq!(
        (long.status, &long.json()["errors"][0]["pointer"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!(""))
    );
    let avro = [("content-type", "application/cloudevents+avro"), ("ce-id", "1")];
    assert_eq!(send(&server, &avro, "x").await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let reused = send(&server, STRUCTURED, event("9")).await;
    assert_eq!(reused.status, StatusCode::ACCEPTED);
    let reused = send(&server, STRUCTURED, event("9").replace("1.10", "1.1")).await;
    assert_eq!(reused.json()["errors"][0]["pointer"], "/id");
}
