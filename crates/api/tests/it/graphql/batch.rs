//! Several operations in one request.

use http::StatusCode;
use serde_json::{Value, json};

use crate::support::app;

#[tokio::test]
async fn operations_of_a_list_are_answered_in_its_order() {
    let server = app().await;
    let body = json!([
        { "query": "mutation { registerEventType(input: { name: \"a\" }) { ok } }" },
        { "query": "{ eventType(name: \"a\") { name } }" },
        { "query": "{ nothing }" },
    ]);
    let answer = server.post("/graphql", &server.admin, body.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let responses = answer.json();
    assert_eq!(responses[0]["data"]["registerEventType"]["ok"], true);
    assert_eq!(responses[1]["data"]["eventType"]["name"], "a");
    assert_eq!(responses[2]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert!(responses[2].get("data").is_none());
}

#[tokio::test]
async fn a_list_beyond_the_bound_is_refused_as_a_whole() {
    let server = app().await;
    let before = server.head();
    let one = json!({ "query": "mutation { registerEventType(input: { name: \"a\" }) { ok } }" });
    for list in [vec![one; 11], vec![]] {
        let answer = server.post("/graphql", &server.admin, Value::from(list).to_string()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "BATCH_TOO_LARGE");
    }
    assert_eq!(server.head(), before);
}
