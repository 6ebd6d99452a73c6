//! What is refused, with which problem; and that nothing of it is stored.

use std::time::Duration;

use app::{Bounds, Request as Call};
use axum::body::Body;
use domain::{Description, Scope};
use hookledger_api::Config;
use http::{Request, StatusCode};
use serde_json::Value;

use crate::support::{Answer, Server, app, app_with};

/// The problem that a body is refused with, once it is sure that nothing was stored.
async fn refused(server: &Server, body: impl Into<Body>) -> Value {
    let before = server.head();
    let answer = server.publish(body).await;
    assert_eq!(server.head(), before, "something was stored");
    problem(&answer)
}

fn problem(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text());
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status.as_u16());
    problem
}

fn flaw(problem: &Value) -> (&str, &str) {
    let errors = problem["errors"].as_array().expect("flaws");
    assert_eq!(errors.len(), 1, "{problem:#}");
    (errors[0]["pointer"].as_str().unwrap(), errors[0]["code"].as_str().unwrap())
}

async fn with_types() -> Server {
    let server = app().await;
    server.register(&["a", "old"]).await;
    let archive = "mutation { archiveEventType(input: { name: \"old\" }) { ok } }";
    server.data(archive, Value::Null).await;
    server
}

#[tokio::test]
async fn what_is_not_json_is_told_where_it_breaks_off() {
    let server = with_types().await;
    for body in [
        "",
        "{",
        "nonsense",
        "{\"type\":\"a\",\"data\":1}}",
        "[{\"type\":\"a\",\"data\":01}]",
        "{\"type\":\"a\",\"data\":\"\t\"}",
    ] {
        let problem = refused(&server, body).await;
        assert_eq!(problem["type"], "/problems/malformed-json", "{body}");
        assert!(problem["detail"].as_str().unwrap().contains("line 1"), "{problem:#}");
    }
    let problem = refused(&server, &b"{\"type\":\"a\",\"data\":\"\xff\"}"[..]).await;
    assert_eq!(problem["type"], "/problems/malformed-json");
}

#[tokio::test]
async fn wrong_types_and_unknown_members_are_named_by_their_place() {
    let server = with_types().await;
    for (body, pointer, code) in [
        (r#"{"data":1}"#, "/type", "missing"),
        (r#"{"type":"a"}"#, "/data", "missing"),
        (r#"{"type":7,"data":1}"#, "/type", "wrong_type"),
        (r#"{"type":"A b","data":1}"#, "/type", "event_type"),
        (r#"{"type":"a","data":1,"version":0}"#, "/version", "version"),
        (r#"{"type":"a","data":1,"version":1.5}"#, "/version", "version"),
        (r#"{"type":"a","data":1,"version":"1"}"#, "/version", "version"),
        (r#"{"type":"a","data":1,"source":"a b"}"#, "/source", "source"),
        (r#"{"type":"a","data":1,"time":"yesterday"}"#, "/time", "time"),
        (r#"{"type":"a","data":1,"id":""}"#, "/id", "id"),
        (r#"{"type":"a","data":1,"metadata":[1]}"#, "/metadata", "metadata_not_an_object"),
        (r#"{"type":"a","data":1,"payload":1}"#, "/payload", "unknown_member"),
        (r#"{"type":"a","data":1,"data":2}"#, "/data", "repeated_member"),
        (r#"[{"type":"a","data":1},{"type":"a","data":1,"subject":"x"}]"#, "/1/subject", "unknown_member"),
        ("[[]]", "/0", "not_an_object"),
        ("7", "", "not_an_object"),
    ] {
        let problem = refused(&server, body).await;
        assert_eq!(problem["type"], "/problems/invalid-event", "{body}");
        assert_eq!(flaw(&problem), (pointer, code), "{body}");
    }
    let problem = refused(&server, "[]").await;
    assert_eq!(flaw(&problem), ("", "no_events"));
}

#[tokio::test]
async fn an_unknown_or_archived_type_is_named_and_says_what_to_do() {
    let server = with_types().await;
    let problem = refused(&server, r#"[{"type":"a","data":1},{"type":"b.c","data":1}]"#).await;
    assert_eq!(problem["type"], "/problems/unknown-event-type");
    assert_eq!(flaw(&problem), ("/1/type", "event_type_unknown"));
    assert!(problem["detail"].as_str().unwrap().contains("\"b.c\""));
    let problem = refused(&server, r#"{"type":"old","data":1}"#).await;
    assert_eq!(flaw(&problem), ("/type", "event_type_archived"));
}

#[tokio::test]
async fn over_long_anything_is_refused_by_name() {
    let bounds = Bounds {
        events_per_publish: 3,
        event_data_bytes: 100,
        event_metadata_bytes: 50,
        publish_bytes: 250,
        ..Bounds::default()
    };
    let server = app_with(Config::default(), bounds).await;
    server.register(&["a"]).await;
    let data = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    let event = |length| format!(r#"{{"type":"a","data":{}}}"#, data(length));
    let problem = refused(&server, event(101)).await;
    assert_eq!((problem["status"].as_u64(), flaw(&problem)), (Some(413), ("/data", "data_too_large")));
    let problem =
        refused(&server, format!(r#"{{"type":"a","data":1,"metadata":{{"k":{}}}}}"#, data(60))).await;
    assert_eq!(flaw(&problem), ("/metadata", "metadata_too_large"));
    let problem = refused(&server, format!("[{0},{0},{0}]", event(100))).await;
    assert_eq!(flaw(&problem), ("", "events_too_large"));
    let problem = refused(&server, format!("[{0},{0},{0},{0}]", event(10))).await;
    assert_eq!(problem["type"], "/problems/body-too-large");
    let problem = refused(&server, format!(r#"{{"type":"{}","data":1}}"#, "a".repeat(129))).await;
    assert_eq!(flaw(&problem), ("/type", "event_type"));
    let problem = refused(&server, format!(r#"{{"type":"a","data":1,"id":"{}"}}"#, "a".repeat(257))).await;
    assert_eq!(flaw(&problem), ("/id", "id"));
    let problem = refused(&server, format!(r#"{{"type":"a","data":{}}}"#, data(2 << 20))).await;
    assert_eq!((problem["type"].as_str(), problem.get("errors")), (Some("/problems/body-too-large"), None));
}

#[tokio::test]
async fn only_json_that_is_not_compressed_is_read() {
    let server = with_types().await;
    for headers in [
        vec![],
        vec![("content-type", "text/plain")],
        vec![("content-type", "application/json; charset=utf-16")],
        vec![("content-type", "application/json"), ("content-encoding", "gzip")],
    ] {
        let mut request =
            Request::post("/v1/events").header("authorization", format!("Bearer {}", server.admin));
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let answer = server.send(request.body(r#"{"type":"a","data":1}"#.into()).unwrap()).await;
        assert_eq!(problem(&answer)["type"], "/problems/unsupported-media-type", "{headers:?}");
    }
}

#[tokio::test]
async fn callers_without_good_credentials_are_told_what_to_bring() {
    let server = with_types().await;
    let body = r#"{"type":"a","data":1}"#;
    let none =
        Request::post("/v1/events").header("content-type", "application/json").body(body.into()).unwrap();
    let answer = server.send(none).await;
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (StatusCode::UNAUTHORIZED, "Bearer realm=\"hookledger\"")
    );
    for bad in ["hk_short", "x", &format!("hk_{}", "A".repeat(43))] {
        let answer = server.post("/v1/events", bad, body).await;
        assert_eq!(problem(&answer)["type"], "/problems/unauthenticated", "{bad}");
        assert!(answer.header("www-authenticate").contains("invalid_token"));
        assert!(!answer.text().contains(bad), "a credential was repeated");
    }
}

#[tokio::test]
async fn a_key_without_the_scope_and_a_suspended_tenant_are_forbidden() {
    let server = with_types().await;
    let body = r#"{"type":"a","data":1}"#;
    let reader = server.key(&[Scope::Read, Scope::Manage]).await;
    let answer = server.post("/v1/events", &reader, body).await;
    assert_eq!(problem(&answer)["detail"], "this needs the scope \"publish\"");
    let (tenant, key) = server.other_tenant().await;
    let operator = Call::operator(app::bootstrap::DEFAULT_TENANT);
    server.app.suspend_tenant(&operator, tenant, None, Description::default()).await.unwrap();
    let answer = server.post("/v1/events", &key, body).await;
    assert_eq!(problem(&answer)["type"], "/problems/forbidden");
}

#[tokio::test]
async fn types_of_another_tenant_are_not_known() {
    let server = with_types().await;
    let (_, key) = server.other_tenant().await;
    let answer = server.post("/v1/events", &key, r#"{"type":"a","data":1}"#).await;
    assert_eq!(problem(&answer)["type"], "/problems/unknown-event-type");
}

#[tokio::test]
async fn a_malformed_idempotency_key_is_refused() {
    let server = with_types().await;
    for bad in ["", "a b", "\"\"", &"x".repeat(201)] {
        let request = Request::post("/v1/events")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", server.admin))
            .header("idempotency-key", bad);
        let answer = server.send(request.body(r#"{"type":"a","data":1}"#.into()).unwrap()).await;
        assert_eq!(problem(&answer)["type"], "/problems/malformed-header", "{bad:?}");
    }
}

#[tokio::test]
async fn other_methods_and_paths_are_told_apart() {
    let server = app().await;
    let answer = server.get("/v1/events").await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    assert_eq!(problem(&answer)["type"], "/problems/method-not-allowed");
    let answer = server.get("/v2/events").await;
    assert_eq!(problem(&answer)["type"], "/problems/not-found");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = with_types().await;
    let never = Body::from_stream(futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>());
    let started = tokio::time::Instant::now();
    let answer = server.publish(never).await;
    assert_eq!(problem(&answer)["type"], "/problems/request-timeout");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn there_is_no_more_room_than_the_bound() {
    let server = app_with(Config { requests_max: 0, ..Config::default() }, Bounds::default()).await;
    let answer = server.publish("{}").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    assert_eq!(problem(&answer)["type"], "/problems/unavailable");
    assert_eq!(server.get("/livez").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_tenant_has_no_more_requests_under_way_than_its_share() {
    let server = app_with(Config { tenant_requests_max: 0, ..Config::default() }, Bounds::default()).await;
    let answer = server.publish("{}").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
    assert_eq!(problem(&answer)["type"], "/problems/too-many-requests");
    let answer = server.post("/graphql", &server.admin, "{\"query\":\"{ __typename }\"}").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
    assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "TOO_MANY_REQUESTS");
}
