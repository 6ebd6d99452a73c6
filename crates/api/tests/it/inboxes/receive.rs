//! `Inbox.requests`, `inboxRequests`.

use app::inboxes::{Incoming, Reply};
use http::HeaderMap;
use serde_json::{Value, json};

use crate::support::{Server, Socket, app};

async fn inbox(server: &Server, responses: Value) -> String {
    let create = "mutation($input: CreateInboxInput!) { createInbox(input: $input) { inbox { id } } }";
    let made = server.data(create, json!({ "input": { "responses": responses } })).await;
    made["createInbox"]["inbox"]["id"].as_str().unwrap().to_owned()
}

async fn arrive(server: &Server, inbox: &str, body: &[u8]) -> Option<Reply> {
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", "nobody-knows-me".parse().unwrap());
    let path = format!("/{inbox}/deep?x=1");
    server.app.receive(Incoming { method: "POST".into(), path, headers, body: body.to_vec() }).await
}

const REQUESTS: &str = "query($id: ID!) { inbox(id: $id) { received kept requests { number method path bodyText bodyBase64 bodyBytes \
    headers { name value } signature { verdict } deliveryId response { status } } } }";

#[tokio::test]
async fn what_arrives_is_kept_as_it_came_and_answered_by_the_script() {
    let server = app().await;
    let id = inbox(&server, json!([{ "status": 503, "times": 1 }, { "status": 200 }])).await;
    assert_eq!(arrive(&server, &id, b"one").await.unwrap().status, 503);
    assert_eq!(arrive(&server, &id, &[0xff, 0x00]).await.unwrap().status, 200);
    let found = server.data(REQUESTS, json!({ "id": id })).await["inbox"].take();
    assert_eq!((&found["received"], &found["kept"]), (&json!(2), &json!(2)));
    let (newest, oldest) = (&found["requests"][0], &found["requests"][1]);
    assert_eq!((&newest["bodyText"], &newest["bodyBase64"]), (&Value::Null, &json!("/wA=")));
    assert_eq!((&oldest["bodyText"], &oldest["response"]["status"]), (&json!("one"), &json!(503)));
    assert_eq!(oldest["path"], format!("/{id}/deep?x=1"));
    assert_eq!(oldest["headers"], json!([{ "name": "webhook-id", "value": "nobody-knows-me" }]));
    assert_eq!(oldest["signature"]["verdict"], "NO_SUBSCRIPTION");
}

#[tokio::test]
async fn only_the_last_requests_are_kept_and_no_more_than_a_mebibyte() {
    let server = app().await;
    let id = inbox(&server, json!([{ "status": 204 }])).await;
    for _ in 0..105 {
        arrive(&server, &id, b"small").await;
    }
    let look = "query($id: ID!) { inbox(id: $id) { received kept } }";
    let found = server.data(look, json!({ "id": id })).await["inbox"].take();
    assert_eq!(found, json!({ "received": 105, "kept": 100 }));
    for _ in 0..3 {
        arrive(&server, &id, &vec![b'x'; 500 << 10]).await;
    }
    let found = server.data(look, json!({ "id": id })).await["inbox"].take();
    assert_eq!(found, json!({ "received": 108, "kept": 2 }));
}

#[tokio::test]
async fn what_is_sent_to_no_inbox_is_not_taken() {
    let server = app().await;
    assert_eq!(arrive(&server, "inb_00000000000000000000000000000000", b"x").await, None);
}

#[tokio::test]
async fn requests_are_told_as_they_arrive() {
    let server = app().await;
    let id = inbox(&server, json!([{ "status": 204 }])).await;
    let mut socket = Socket::connect(&server, &server.admin).await;
    let feed = "subscription($id: ID!) { inboxRequests(inboxId: $id) { ... on InboxRequest { number bodyText } ... on InboxLagged { count } } }";
    socket.subscribe("feed", feed, json!({ "id": id })).await;
    socket.subscribe("probe", "{ __typename }", Value::Null).await;
    assert_eq!(socket.hear().await["type"], "next");
    assert_eq!(socket.hear().await["type"], "complete");
    arrive(&server, &id, b"hello").await;
    let told = socket.hear().await["payload"]["data"]["inboxRequests"].take();
    assert_eq!(told, json!({ "number": 1, "bodyText": "hello" }));
    let delete = "mutation($id: ID!) { deleteInbox(input: { id: $id }) { ok } }";
    server.data(delete, json!({ "id": id })).await;
    assert_eq!(socket.hear().await["type"], "complete");
}
