//! What a browser sees, and the headers that keep it from more.

use http::StatusCode;

use crate::support::app;

#[tokio::test]
async fn every_answer_has_the_safe_headers_and_an_id() {
    let server = app().await;
    for path in ["/", "/livez", "/nothing", "/graphql", "/problems/internal"] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'",
            "{path}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        assert!(answer.header("x-request-id").starts_with("req_"), "{path}");
    }
}

#[tokio::test]
async fn the_first_page_says_where_to_look() {
    let answer = app().await.get("/").await;
    assert!(answer.header("content-type").starts_with("text/html"));
    for place in ["/v1/events", "/graphql", "/readyz", "/openapi.json"] {
        assert!(answer.text().contains(place), "{place}");
    }
}

#[tokio::test]
async fn every_kind_of_problem_is_explained_at_its_address() {
    let server = app().await;
    for kind in hookledger_api::Kind::ALL {
        let answer = server.get(&kind.uri()).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.text().contains(kind.help()));
    }
    assert_eq!(server.get("/problems/nothing").await.status, StatusCode::NOT_FOUND);
}
