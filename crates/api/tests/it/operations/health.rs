//! `/livez`, `/readyz`, `/metrics`.

use domain::Scope;
use http::{Request, StatusCode};

use crate::support::app;

#[tokio::test]
async fn a_service_that_answers_is_alive_and_one_whose_parts_work_is_ready() {
    let server = app().await;
    assert_eq!(server.get("/livez").await.text(), "ok\n");
    let answer = server.get("/readyz").await;
    assert_eq!((answer.status, answer.json()["ready"].clone()), (StatusCode::OK, true.into()));
}

#[tokio::test]
async fn metrics_are_for_operators() {
    let server = app().await;
    assert_eq!(server.get("/metrics").await.status, StatusCode::UNAUTHORIZED);
    let get = |key: String| {
        Request::get("/metrics")
            .header("authorization", format!("Bearer {key}"))
            .body(axum::body::Body::empty())
            .unwrap()
    };
    let reader = server.key(&[Scope::Read]).await;
    assert_eq!(server.send(get(reader)).await.status, StatusCode::FORBIDDEN);
    let answer = server.send(get(server.admin.clone())).await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "hookledger_up 1\n"));
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
}
