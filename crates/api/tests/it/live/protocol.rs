//! `graphql-transport-ws`, message by message.

use std::time::Duration;

use app::{Bounds, Request as Call};
use domain::Scope;
use hookledger_api::{Config, SocketLimits};
use serde_json::{Value, json};

use crate::support::{Server, Socket, app, app_with};

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

async fn limited(change: impl FnOnce(&mut SocketLimits)) -> Server {
    let mut config = Config::default();
    change(&mut config.socket);
    app_with(config, Bounds::default()).await
}

#[tokio::test]
async fn a_query_has_one_result_and_is_complete() {
    let server = app().await;
    let mut socket = Socket::connect(&server, &server.admin).await;
    socket.subscribe("1", "{ __typename }", Value::Null).await;
    assert_eq!(
        socket.hear().await,
        json!({ "id": "1", "type": "next", "payload": { "data": { "__typename": "Query" } } })
    );
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "complete" }));
}

#[tokio::test]
async fn an_id_may_be_used_again_once_it_is_complete() {
    let server = app().await;
    let mut socket = Socket::connect(&server, &server.admin).await;
    for _ in 0..50 {
        socket.subscribe("1", "{ __typename }", Value::Null).await;
        assert_eq!(socket.hear().await["type"], "next");
        assert_eq!(socket.hear().await["type"], "complete");
    }
}

#[tokio::test]
async fn an_invalid_operation_is_answered_with_an_error_and_nothing_more() {
    let server = app().await;
    let mut socket = Socket::connect(&server, &server.admin).await;
    for (query, code) in [
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { deliveryChanges { __typename } eventPublished { __typename } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("subscription { deliveryChanges(filter: { eventId: \"x\" }) { __typename } }", "BAD_USER_INPUT"),
    ] {
        socket.subscribe("1", query, Value::Null).await;
        let message = socket.hear().await;
        assert_eq!(
            (&message["type"], &message["payload"][0]["extensions"]["code"]),
            (&json!("error"), &json!(code)),
            "{query}: {message:#}"
        );
    }
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn the_key_may_come_in_the_header() {
    let server = app().await;
    let bearer = format!("Bearer {}", server.admin);
    let mut socket = Socket::open(&server, &[PROTOCOL, ("authorization", &bearer)]).await.unwrap();
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
}

#[tokio::test]
async fn a_bad_key_and_another_protocol_open_no_socket() {
    let server = app().await;
    let refused = Socket::open(&server, &[PROTOCOL, ("authorization", "Bearer hk_x")]).await.err().unwrap();
    assert_eq!(refused.status(), 401);
    for headers in [&[][..], &[("sec-websocket-protocol", "graphql-ws")]] {
        assert_eq!(Socket::open(&server, headers).await.err().unwrap().status(), 400);
    }
    assert_eq!(server.get("/graphql/ws").await.status.as_u16(), 426);
}

#[tokio::test]
async fn without_good_credentials_the_socket_is_closed() {
    let server = app().await;
    for payload in
        [Value::Null, json!({}), json!({ "authorization": "Bearer hk_x" }), json!({ "authorization": 7 })]
    {
        let mut socket = Socket::open(&server, &[PROTOCOL]).await.unwrap();
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear_close().await, 4403, "{payload}");
    }
}

#[tokio::test]
async fn breaches_of_the_protocol_close_the_socket_with_its_codes() {
    let server = app().await;
    let mut early = Socket::open(&server, &[PROTOCOL]).await.unwrap();
    early.subscribe("1", "{ __typename }", Value::Null).await;
    assert_eq!(early.hear_close().await, 4401);
    let mut twice = Socket::connect(&server, &server.admin).await;
    twice.say(json!({ "type": "connection_init" })).await;
    assert_eq!(twice.hear_close().await, 4429);
    for text in ["nonsense", "{}", r#"{"type":"start"}"#, r#"{"type":"subscribe","id":"1"}"#] {
        let mut socket = Socket::connect(&server, &server.admin).await;
        socket.say_text(text).await;
        assert_eq!(socket.hear_close().await, 4400, "{text}");
    }
    let mut binary = Socket::connect(&server, &server.admin).await;
    binary.say_bytes(vec![1, 2, 3]).await;
    assert_eq!(binary.hear_close().await, 4400);
    let mut same = Socket::connect(&server, &server.admin).await;
    same.subscribe("1", "subscription { eventPublished { __typename } }", Value::Null).await;
    same.subscribe("1", "{ __typename }", Value::Null).await;
    assert_eq!(same.hear_close().await, 4409);
}

#[tokio::test]
async fn a_peer_that_never_says_who_it_is_is_cut_off() {
    let server = limited(|limits| limits.init_timeout = Duration::from_millis(20)).await;
    let mut socket = Socket::open(&server, &[PROTOCOL]).await.unwrap();
    assert_eq!(socket.hear_close().await, 4408);
}

#[tokio::test]
async fn a_socket_has_no_more_operations_than_the_bound() {
    let server = limited(|limits| limits.operations_max = 1).await;
    let mut socket = Socket::connect(&server, &server.admin).await;
    socket.subscribe("1", "subscription { eventPublished { __typename } }", Value::Null).await;
    socket.subscribe("2", "{ __typename }", Value::Null).await;
    let message = socket.hear().await;
    assert_eq!(
        (&message["id"], &message["payload"][0]["extensions"]["code"]),
        (&json!("2"), &json!("TOO_MANY_OPERATIONS"))
    );
    socket.say(json!({ "type": "complete", "id": "1" })).await;
    socket.subscribe("3", "{ __typename }", Value::Null).await;
    assert_eq!(socket.hear().await["type"], "next");
}

#[tokio::test]
async fn there_are_no_more_sockets_than_the_bound() {
    let server = limited(|limits| limits.sockets_max = 1).await;
    let _first = Socket::connect(&server, &server.admin).await;
    let refused = Socket::open(&server, &[PROTOCOL]).await.err().unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "5"));
}

#[tokio::test]
async fn a_key_that_is_revoked_closes_its_sockets() {
    let server = limited(|limits| limits.ping_interval = Duration::from_millis(20)).await;
    let key = server.key(&[Scope::Read]).await;
    let mut socket = Socket::connect(&server, &key).await;
    let call = Call::operator(app::bootstrap::DEFAULT_TENANT);
    let caller = server.app.authenticate(&key).unwrap();
    let domain::Actor::ApiKey { id } = caller.actor else { panic!("a key") };
    server.app.revoke_api_key(&call, id, None).await.unwrap();
    assert_eq!(socket.hear_close().await, 4403);
}

#[tokio::test]
async fn a_service_that_stops_says_goodbye() {
    let server = app().await;
    let mut socket = Socket::connect(&server, &server.admin).await;
    server.stop.cancel();
    assert_eq!(socket.hear_close().await, 1001);
}
