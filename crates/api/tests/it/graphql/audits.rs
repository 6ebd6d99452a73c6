//! GraphQL over HTTP, as its newest draft has it; the npm package `graphql-http` audits the same from outside.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Server, app};

const NEW: &str = "application/graphql-response+json";
const OLD: &str = "application/json";

async fn ask(server: &Server, accept: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request = Request::post("/graphql")
        .header("authorization", format!("Bearer {}", server.admin))
        .header("content-type", "application/json");
    if let Some(accept) = accept {
        request = request.header("accept", accept);
    }
    server.send(request.body(body.into()).unwrap()).await
}

fn query(text: &str) -> String {
    json!({ "query": text }).to_string()
}

#[tokio::test]
async fn the_response_has_the_type_that_was_asked_for() {
    let server = app().await;
    for (accept, expected) in [(Some(NEW), NEW), (Some(OLD), OLD), (Some("*/*"), OLD), (None, OLD)] {
        let answer = ask(&server, accept, query("{ __typename }")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.header("content-type").starts_with(expected), "{accept:?}");
        assert_eq!(answer.json(), json!({ "data": { "__typename": "Query" } }));
    }
}

#[tokio::test]
async fn a_response_that_is_not_wanted_is_not_sent() {
    let server = app().await;
    let answer = ask(&server, Some("text/html"), query("{ __typename }")).await;
    assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "NOT_ACCEPTABLE");
}

#[tokio::test]
async fn only_post_is_served() {
    let server = app().await;
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        let request = Request::builder().method(method).uri("/graphql?query=mutation%7B__typename%7D");
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (StatusCode::METHOD_NOT_ALLOWED, "POST"),
            "{method}"
        );
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_not_read() {
    let server = app().await;
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/graphql"]
    {
        let request = Request::post("/graphql").header("authorization", format!("Bearer {}", server.admin));
        let request =
            request.header("content-type", content_type).body(query("{ __typename }").into()).unwrap();
        assert_eq!(server.send(request).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_executed_has_a_status_that_says_why_and_no_data() {
    let server = app().await;
    for (body, status, code) in [
        ("{ \"not a JSON".to_owned(), 400, "MALFORMED_JSON"),
        (String::new(), 400, "MALFORMED_JSON"),
        (json!({ "qeury": "{ __typename }" }).to_string(), 422, "BAD_REQUEST"),
        (json!({ "query": { "obj": "ect" } }).to_string(), 422, "BAD_REQUEST"),
        (json!({ "query": "{ __typename }", "variables": ["array"] }).to_string(), 422, "BAD_REQUEST"),
        (json!({ "query": "{ __typename }", "operationName": 0 }).to_string(), 422, "BAD_REQUEST"),
        (json!({ "query": "{ __typename }", "extensions": "string" }).to_string(), 422, "BAD_REQUEST"),
        (query("{"), 400, "GRAPHQL_PARSE_FAILED"),
        (query("{ 8f31403dfe404bccbb0e835f2629c6a7 }"), 400, "GRAPHQL_PARSE_FAILED"),
        (query("{ nothing }"), 422, "GRAPHQL_VALIDATION_FAILED"),
        (query("query a { __typename } query b { __typename }"), 422, "OPERATION_NOT_FOUND"),
        (
            json!({ "query": "query($id: ID!) { node(id: $id) { id } }", "variables": { "id": null } })
                .to_string(),
            422,
            "BAD_USER_INPUT",
        ),
        (query("subscription { deliveryChanges { __typename } }"), 422, "SUBSCRIPTION_OVER_HTTP"),
    ] {
        for accept in [NEW, OLD] {
            let answer = ask(&server, Some(accept), body.clone()).await;
            let response = answer.json();
            assert_eq!(
                (answer.status.as_u16(), &response["errors"][0]["extensions"]["code"]),
                (status, &Value::from(code)),
                "{body}"
            );
            assert!(response.get("data").is_none(), "{response:#}");
            // Nobody could tell it from the answer of a proxy otherwise.
            assert!(answer.header("content-type").starts_with(NEW));
        }
    }
}

#[tokio::test]
async fn a_field_that_fails_makes_a_partial_success() {
    let server = app().await;
    let body = query(r#"{ viewer { scopes } subscription(id: "x") { id } }"#);
    let answer = ask(&server, Some(NEW), body.clone()).await;
    assert_eq!(answer.status.as_u16(), 294);
    let response = answer.json();
    assert_eq!(response["data"]["subscription"], Value::Null);
    assert_eq!(response["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(response["errors"][0]["path"], json!(["subscription"]));
    assert_eq!(ask(&server, Some(OLD), body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn parameters_may_be_null_and_variables_are_utf8() {
    let server = app().await;
    let body =
        json!({ "query": "{ __typename }", "variables": null, "operationName": null, "extensions": null });
    assert_eq!(ask(&server, Some(NEW), body.to_string()).await.status, StatusCode::OK);
    let body = json!({ "query": "query Type($name: String!) { __type(name: $name) { name } }", "variables": { "name": "Run🏃Swim🏊" }, "operationName": "Type" });
    assert_eq!(ask(&server, Some(NEW), body.to_string()).await.json(), json!({ "data": { "__type": null } }));
}

#[tokio::test]
async fn without_a_good_key_nothing_is_read() {
    let server = app().await;
    let request = Request::post("/graphql")
        .header("content-type", "application/json")
        .body(query("{ __typename }").into())
        .unwrap();
    let answer = server.send(request).await;
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (StatusCode::UNAUTHORIZED, "Bearer realm=\"hookledger\"")
    );
    assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    let answer = server.post("/graphql", "hk_nonsense", query("{ __typename }")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(!answer.text().contains("hk_nonsense"));
}
