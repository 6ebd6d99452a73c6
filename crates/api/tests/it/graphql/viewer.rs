//! Who is asking, and what the service says of itself.

use domain::Scope;
use serde_json::{Value, json};

use crate::support::app;

#[tokio::test]
async fn the_viewer_is_whoever_holds_the_key() {
    let server = app().await;
    let key = server.key(&[Scope::Read]).await;
    server.settle().await;
    let response = server.ask_as(&key, "{ viewer { scopes actor { kind apiKeyId } apiKey { id name prefix } tenant { name suspended } } }", Value::Null).await;
    let viewer = &response["data"]["viewer"];
    assert_eq!((&viewer["scopes"], &viewer["actor"]["kind"]), (&json!(["READ"]), &json!("API_KEY")));
    assert_eq!(viewer["actor"]["apiKeyId"], viewer["apiKey"]["id"]);
    assert_eq!(viewer["apiKey"]["prefix"], key[..11]);
    assert_eq!(viewer["tenant"], json!({ "name": "default", "suspended": false }));
}

#[tokio::test]
async fn the_service_tells_its_bounds_and_how_far_its_views_are() {
    let server = app().await;
    server.settle().await;
    let data = server.data("{ service { version head bounds { eventsPerPublish } } projections { name position head lag parked } }", Value::Null).await;
    assert_eq!(data["service"]["bounds"]["eventsPerPublish"], 1_000);
    let names: Vec<_> =
        data["projections"].as_array().unwrap().iter().map(|view| view["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["status", "queue", "analytics", "tools"]);
    assert_eq!(data["projections"][0]["position"], data["service"]["head"]);
    assert_eq!(data["projections"][0]["lag"], 0);
}
