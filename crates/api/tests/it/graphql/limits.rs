//! What is refused for its size, before it costs anything.

use std::fmt::Write;
use std::time::{Duration, Instant};

use app::Bounds;
use hookledger_api::{Config, Limits};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Server, app, app_with};

async fn code(server: &Server, query: &str) -> String {
    let response = server.ask(query, Value::Null).await;
    response["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{response:#}")).to_owned()
}

#[tokio::test]
async fn fragments_that_double_each_other_are_refused_in_milliseconds() {
    let server = app().await;
    let mut bomb = String::from("{ ...f0 }");
    for n in 0..20 {
        write!(bomb, "fragment f{n} on Query{{...f{next} ...f{next}}}", next = n + 1).unwrap();
    }
    bomb.push_str("fragment f20 on Query{__typename}");
    assert!(bomb.len() < 1_000, "{}", bomb.len());
    let started = Instant::now();
    assert_eq!(code(&server, &bomb).await, "DOCUMENT_TOO_COMPLEX");
    // Without the measure this takes seconds; the bound is generous for busy machines.
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
}

#[tokio::test]
async fn documents_beyond_each_limit_are_refused_by_its_name() {
    let server = app().await;
    let deep =
        format!("{{ __schema {{ types {} }} }}", "{ ofType ".repeat(30) + "{ name }" + &"}".repeat(30));
    let brackets = format!("{{ node(id: {}{}) {{ id }} }}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!("{{ __schema {{ types {{ {} }} }} }}", "name ".repeat(2_001));
    let aliases: String = (0..101).fold(String::new(), |text, n| text + &format!("a{n}: name "));
    for (query, expected) in [
        (format!("{{ {} }}", "a ".repeat(5_000)), "DOCUMENT_TOO_LARGE"),
        (deep, "DOCUMENT_TOO_DEEP"),
        (brackets, "DOCUMENT_TOO_DEEP"),
        (wide, "DOCUMENT_TOO_COMPLEX"),
        (format!("{{ {} }}", "__typename ".repeat(21)), "DOCUMENT_TOO_COMPLEX"),
        (format!("{{ __schema {{ types {{ {aliases} }} }} }}"), "DOCUMENT_TOO_LARGE"),
        (format!("{{ __typename {} }}", "@skip(if: false) ".repeat(101)), "DOCUMENT_TOO_LARGE"),
        (
            "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ] {
        assert_eq!(code(&server, &query).await, expected, "{}", &query[..query.len().min(80)]);
    }
}

#[tokio::test]
async fn lists_count_as_often_as_they_are_long() {
    let server = app().await;
    let lists = |first: i64| {
        format!(
            "{{ subscriptions(first: {first}) {{ nodes {{ deliveries(first: {first}) {{ nodes {{ id state attempts {{ number }} }} }} }} }} }}"
        )
    };
    assert!(server.ask(&lists(10), Value::Null).await.get("errors").is_none());
    assert_eq!(code(&server, &lists(100)).await, "DOCUMENT_TOO_COMPLEX");
    // A size out of range costs no more than the largest page, and is refused for what it is.
    let response = server.ask("{ subscriptions(first: 2147483647) { nodes { id } } }", Value::Null).await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{response:#}");
}

#[tokio::test]
async fn a_body_beyond_the_bound_is_not_read() {
    let server = app().await;
    let body = json!({ "query": format!("{{ __typename }} # {}", "x".repeat(1 << 20)) });
    let answer = server.post("/graphql", &server.admin, body.to_string()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "BODY_TOO_LARGE");
}

#[tokio::test]
async fn no_more_content_is_loaded_than_the_bound() {
    let limits = Limits { loaded_bytes_max: 1_000, ..Limits::default() };
    let server = app_with(Config { graphql: limits, ..Config::default() }, Bounds::default()).await;
    server.register(&["a"]).await;
    for _ in 0..3 {
        server.event("a", &format!("\"{}\"", "x".repeat(400))).await;
    }
    server.settle().await;
    assert!(
        server.ask("{ events(first: 2) { nodes { dataText } } }", Value::Null).await.get("errors").is_none()
    );
    assert_eq!(code(&server, "{ events(first: 3) { nodes { dataText } } }").await, "RESPONSE_TOO_LARGE");
}

#[tokio::test]
async fn no_more_errors_are_named_than_the_bound() {
    let server = app().await;
    let query = format!(
        "{{ __schema {{ types {{ {} }} }} }}",
        (0..50).fold(String::new(), |text, n| text + &format!("nothing{n} "))
    );
    let errors = server.ask(&query, Value::Null).await["errors"].as_array().unwrap().len();
    assert_eq!(errors, 21);
}

#[tokio::test(start_paused = true)]
async fn a_request_is_given_up_at_its_deadline() {
    let limits = Limits { deadline: Duration::from_secs(1), ..Limits::default() };
    let server = app_with(Config { graphql: limits, ..Config::default() }, Bounds::default()).await;
    server.stop.cancel();
    server.register(&["a"]).await;
    // Nobody folds any more, so that the views never come to this position.
    let query = format!("{{ events(minPosition: \"{}\") {{ nodes {{ id }} }} }}", server.head());
    let answer = server.post("/graphql", &server.admin, json!({ "query": query }).to_string()).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "DEADLINE_EXCEEDED");
}
