//! `eventPublished`.

use serde_json::{Value, json};

use crate::support::{Socket, app};

const PUBLISHED: &str = "subscription($type: String) { eventPublished(type: $type) { ... on EventPublished { event { id type dataText position } } } }";

#[tokio::test]
async fn events_are_told_as_they_are_published() {
    let server = app().await;
    server.register(&["a.one", "a.two", "b"]).await;
    let mut socket = Socket::connect(&server, &server.admin).await;
    socket.subscribe("feed", PUBLISHED, json!({ "type": "a.*" })).await;
    socket.subscribe("probe", "{ __typename }", Value::Null).await;
    assert_eq!(
        (socket.hear().await["type"].clone(), socket.hear().await["type"].clone()),
        (json!("next"), json!("complete"))
    );
    let body = r#"[{"type":"a.one","data":1.10},{"type":"b","data":2},{"type":"a.two","data":3}]"#;
    server.publish(body).await;
    for (event_type, text) in [("a.one", "1.10"), ("a.two", "3")] {
        let message = socket.hear().await;
        let event = &message["payload"]["data"]["eventPublished"]["event"];
        assert_eq!((&event["type"], &event["dataText"]), (&json!(event_type), &json!(text)), "{message:#}");
    }
}
