//! Publishing what may be published.

use domain::event::Event;
use domain::{EventId, Fact, Metadata, Scope, Sequence};
use http::{Request, StatusCode};

use crate::support::app;

#[tokio::test]
async fn an_event_is_accepted_and_stands_in_the_ledger_byte_for_byte() {
    let server = app().await;
    server.register(&["benchmark.completed"]).await;
    let data = r#"{"b":1.10, "a":12345678901234567890.123456789,"a":"\u0000\u2028é😀", "big":1e999 }"#;
    let body = format!(
        r#"{{"type":"benchmark.completed","version":3,"source":"/eu","time":"2026-11-23T16:00:00+01:00","id":"run-1","data":{data},"metadata":{{"k":1.0}}}}"#
    );
    let answer = server.publish(body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let accepted = answer.json()["events"][0].clone();
    assert_eq!(accepted["duplicate"], false);
    assert_eq!(accepted["position"], server.head().0);
    let id: EventId = accepted["id"].as_str().unwrap().parse().unwrap();
    let record = server.ledger.read_stream(id.into(), Sequence::NONE, 1).await.unwrap().remove(0);
    let Ok(Fact::Event(Event::Published(published))) = record.fact() else { panic!("not an event") };
    assert_eq!(published.data.as_str(), data);
    assert_eq!(published.metadata.as_ref().unwrap().as_str(), r#"{"k":1.0}"#);
    assert_eq!(published.time.to_string(), "2026-11-23T15:00:00.000000Z");
    assert_eq!((published.version, published.source.as_str()), (3, "/eu"));
}

#[tokio::test]
async fn a_list_is_accepted_in_its_order() {
    let server = app().await;
    server.register(&["a", "b"]).await;
    let before = server.head().0;
    let answer = server.publish(r#" [{"type":"a","data":1},{"type":"b","data":null}]"#).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let positions: Vec<_> =
        answer.json()["events"].as_array().unwrap().iter().map(|event| event["position"].clone()).collect();
    assert_eq!(positions, [before + 1, before + 2]);
}

#[tokio::test]
async fn records_say_who_published_under_which_request_and_trace() {
    let server = app().await;
    server.register(&["a"]).await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = Request::post("/v1/events")
        .header("content-type", "application/json; charset=utf-8")
        .header("authorization", format!("Bearer {}", server.admin))
        .header("x-request-id", "nightly-7")
        .header("traceparent", trace)
        .body(r#"{"type":"a","data":1}"#.into())
        .unwrap();
    let answer = server.send(request).await;
    assert_eq!(answer.header("x-request-id"), "nightly-7");
    let record = server.ledger.read_one(server.head()).await.unwrap().unwrap();
    let metadata: Metadata = record.parse_metadata().unwrap();
    assert_eq!(metadata.correlation.as_deref(), Some("nightly-7"));
    assert_eq!(metadata.trace.as_deref(), Some(trace));
}

#[tokio::test]
async fn a_request_id_that_could_not_stand_in_a_log_is_replaced() {
    let server = app().await;
    for bad in ["", "a b", "é", &"x".repeat(129)] {
        let request =
            Request::get("/livez").header("x-request-id", bad).body(axum::body::Body::empty()).unwrap();
        let answer = server.send(request).await;
        assert!(answer.header("x-request-id").starts_with("req_"), "{bad:?}");
    }
}

#[tokio::test]
async fn a_key_that_may_only_publish_is_enough() {
    let server = app().await;
    server.register(&["a"]).await;
    let key = server.key(&[Scope::Publish]).await;
    assert_eq!(
        server.post("/v1/events", &key, r#"{"type":"a","data":1}"#).await.status,
        StatusCode::ACCEPTED
    );
}
