//! Signing in to the console and out of it.

use app::auth::{SESSION_IDLE_MAX, TICKET_AGE_MAX};
use app::bootstrap::DEFAULT_TENANT;
use axum::body::Body;
use domain::Scope;
use http::{Request, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{Answer, Server, Socket, app, app_with};

const OURS: (&str, &str) = ("sec-fetch-site", "same-origin");

impl Server {
    async fn session(&self, method: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let mut request =
            Request::builder().method(method).uri("/session").header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Signs in, and gives the cookie to send.
    async fn sign_in(&self, proof: Value) -> String {
        let answer = self.session("POST", &[OURS], proof).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.header("set-cookie").split(';').next().unwrap().to_owned()
    }

    /// Asks by a cookie who is signed in.
    async fn viewer(&self, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::post("/graphql").header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let query = json!({ "query": "{ viewer { scopes tenant { id } actor { kind } } }" });
        self.send(request.body(Body::from(query.to_string())).unwrap()).await
    }
}

#[tokio::test]
async fn a_key_is_exchanged_for_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let server = app().await;
    let answer = server.session("POST", &[OURS], json!({ "key": server.admin })).await;
    let cookie = answer.header("set-cookie").to_owned();
    for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age=86400"] {
        assert!(cookie.contains(attribute), "{attribute} in {cookie}");
    }
    assert!(!cookie.contains(&server.admin) && !answer.text().contains("hs_"));
}

#[tokio::test]
async fn a_session_may_what_its_key_may() {
    let server = app().await;
    let key = server.key(&[Scope::Read]).await;
    let cookie = server.sign_in(json!({ "key": key })).await;
    let viewer = server.viewer(&[("cookie", &cookie), OURS]).await.json();
    assert_eq!(viewer["data"]["viewer"]["scopes"], json!(["READ"]));
    assert_eq!(viewer["data"]["viewer"]["actor"]["kind"], "API_KEY");
}

#[tokio::test]
async fn requests_of_other_sites_are_turned_away_although_the_cookie_is_good() {
    let server = app().await;
    let cookie = server.sign_in(json!({ "key": server.admin })).await;
    for headers in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example"), ("host", "127.0.0.1:4300")],
    ] {
        let answer = server.viewer(&[&[("cookie", cookie.as_str())], headers].concat()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    let same = [("cookie", cookie.as_str()), ("origin", "http://127.0.0.1:4300"), ("host", "127.0.0.1:4300")];
    assert_eq!(server.viewer(&same).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_is_signed_in_or_out_from_elsewhere() {
    let server = app().await;
    let elsewhere = ("sec-fetch-site", "cross-site");
    let answer = server.session("POST", &[elsewhere], json!({ "key": server.admin })).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (StatusCode::FORBIDDEN, ""));
    let cookie = server.sign_in(json!({ "key": server.admin })).await;
    let answer = server.session("DELETE", &[elsewhere, ("cookie", &cookie)], json!({})).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(server.viewer(&[("cookie", &cookie), OURS]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    let server = app().await;
    let cookie = server.sign_in(json!({ "key": server.admin })).await;
    assert_eq!(
        server.session("GET", &[OURS, ("cookie", &cookie)], json!({})).await.json()["signed_in"],
        true
    );
    let answer = server.session("DELETE", &[OURS, ("cookie", &cookie)], json!({})).await;
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(
        server.session("GET", &[OURS, ("cookie", &cookie)], json!({})).await.json()["signed_in"],
        false
    );
    assert_eq!(server.viewer(&[("cookie", &cookie), OURS]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_that_is_left_alone_ends() {
    let server = app().await;
    let cookie = server.sign_in(json!({ "key": server.admin })).await;
    server.clock.advance(SESSION_IDLE_MAX / 2);
    assert_eq!(server.viewer(&[("cookie", &cookie), OURS]).await.status, StatusCode::OK);
    server.clock.advance(SESSION_IDLE_MAX);
    assert_eq!(server.viewer(&[("cookie", &cookie), OURS]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_ends_with_its_key() {
    let server = app().await;
    let key = server.key(&[Scope::Read]).await;
    let cookie = server.sign_in(json!({ "key": key })).await;
    let keys = server.data("{ apiKeys(first: 1) { nodes { id } } }", json!({}));
    server.settle().await;
    let id = keys.await["apiKeys"]["nodes"][0]["id"].clone();
    let revoke = "mutation($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { ok } }";
    assert_eq!(server.data(revoke, json!({ "input": { "id": id } })).await["revokeApiKey"]["ok"], true);
    assert_eq!(server.viewer(&[("cookie", &cookie), OURS]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_ticket_signs_in_once_and_soon() {
    let server = app().await;
    let ticket = server.app.issue_ticket(DEFAULT_TENANT);
    let proof = json!({ "ticket": ticket.expose_secret() });
    let cookie = server.sign_in(proof.clone()).await;
    let viewer = server.viewer(&[("cookie", &cookie), OURS]).await.json();
    assert_eq!(viewer["data"]["viewer"]["actor"]["kind"], "OPERATOR");
    assert_eq!(server.session("POST", &[OURS], proof).await.status, StatusCode::UNAUTHORIZED);
    let late = server.app.issue_ticket(DEFAULT_TENANT);
    server.clock.advance(TICKET_AGE_MAX);
    let answer = server.session("POST", &[OURS], json!({ "ticket": late.expose_secret() })).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_refusal_repeats_nothing_of_what_was_sent() {
    let server = app().await;
    let secret = format!("hk_{}", "z".repeat(43));
    for body in [json!({ "key": secret }), json!({ "password": secret }), json!([secret])] {
        let answer = server.session("POST", &[OURS], body).await;
        assert!(answer.status.is_client_error());
        assert!(!answer.text().contains(&secret), "{}", answer.text());
    }
    let answer = server.session("POST", &[OURS], json!({ "key": "k".repeat(4_096) })).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn without_tls_cookies_are_kept_only_if_the_configuration_says_so() {
    let config = hookledger_api::Config { secure_cookies: false, ..Default::default() };
    let server = app_with(config, app::Bounds::default()).await;
    let answer = server.session("POST", &[OURS], json!({ "key": server.admin })).await;
    assert!(!answer.header("set-cookie").contains("Secure"));
}

#[tokio::test]
async fn a_session_opens_no_other_door_than_graphql() {
    let server = app().await;
    server.register(&["benchmark.completed"]).await;
    let cookie = server.sign_in(json!({ "key": server.admin })).await;
    let request =
        Request::post("/v1/events").header("content-type", "application/json").header("cookie", &cookie);
    let event = r#"{"type":"benchmark.completed","data":1}"#;
    let answer = server.send(request.header(OURS.0, OURS.1).body(event.into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn live_feeds_open_by_the_session_but_not_for_other_sites() {
    let server = app().await;
    let cookie = server.sign_in(json!({ "key": server.admin })).await;
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    let mut socket = Socket::open(&server, &[protocol, ("cookie", &cookie), OURS]).await.expect("a socket");
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
    let elsewhere = ("origin", "https://evil.example");
    let refused = Socket::open(&server, &[protocol, ("cookie", &cookie), elsewhere]).await;
    assert_eq!(refused.err().expect("no socket").status(), StatusCode::FORBIDDEN);
}
