//! Publishing again.

use http::{Request, StatusCode};

use crate::support::{Answer, Server, app};

async fn publish(server: &Server, key: &str, body: &'static str) -> Answer {
    let request = Request::post("/v1/events")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", server.admin))
        .header("idempotency-key", key);
    server.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn a_call_with_the_same_idempotency_key_records_nothing_more() {
    let server = app().await;
    server.register(&["a"]).await;
    let body = r#"[{"type":"a","data":1},{"type":"a","data":2}]"#;
    let first = publish(&server, "call-1", body).await.json();
    let head = server.head();
    // Bare or in quotes, it is the same key.
    let again = publish(&server, "\"call-1\"", body).await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
    assert_eq!(server.head(), head);
    for (one, two) in
        first["events"].as_array().unwrap().iter().zip(again.json()["events"].as_array().unwrap())
    {
        assert_eq!(
            (&one["id"], &one["position"], true),
            (&two["id"], &two["position"], two["duplicate"] == true)
        );
    }
}

#[tokio::test]
async fn an_id_that_was_used_for_something_else_is_refused() {
    let server = app().await;
    server.register(&["a"]).await;
    server.publish(r#"{"type":"a","id":"run-1","data":1}"#).await;
    let head = server.head();
    let answer = server.publish(r#"{"type":"a","id":"run-1","data":1.0}"#).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let problem = answer.json();
    assert_eq!(
        (&problem["type"], &problem["errors"][0]["pointer"]),
        (&"/problems/key-reused".into(), &"/id".into())
    );
    assert_eq!(server.head(), head);
    let answer = server.publish(r#"[{"type":"a","id":"x","data":1},{"type":"a","id":"x","data":1}]"#).await;
    assert_eq!(answer.json()["errors"][0]["code"], "event_id_repeated");
}
