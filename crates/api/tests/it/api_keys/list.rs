//! `apiKeys`.

use domain::Scope;
use serde_json::{Value, json};

use crate::support::app;

#[tokio::test]
async fn keys_are_listed_newest_first_without_themselves() {
    let server = app().await;
    let key = server.key(&[Scope::Read]).await;
    let (_, other) = server.other_tenant().await;
    server.settle().await;
    let data = server.data("{ apiKeys { nodes { name prefix scopes } } }", Value::Null).await;
    let prefixes: Vec<_> = data["apiKeys"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["prefix"].as_str().unwrap())
        .collect();
    assert_eq!(prefixes, [&key[..11], &server.admin[..11]]);
    assert!(!data.to_string().contains(&key));
    let page = server
        .data("{ apiKeys(last: 1) { nodes { prefix } pageInfo { hasPreviousPage } } }", Value::Null)
        .await;
    assert_eq!(
        page["apiKeys"],
        json!({ "nodes": [{ "prefix": server.admin[..11] }], "pageInfo": { "hasPreviousPage": true } })
    );
    let theirs = server.ask_as(&other, "{ apiKeys { nodes { prefix } } }", Value::Null).await;
    assert_eq!(theirs["data"]["apiKeys"]["nodes"], json!([{ "prefix": other[..11] }]));
}
