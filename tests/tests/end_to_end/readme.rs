//! What `hookledger dev` promises a newcomer: three steps to paste, and an orderly end.

use std::process::Command;

use hookledger_tests::{Answer, Home, Receiver, Server, wait};
use serde_json::{Value, json};

/// What a process that was interrupted a second time ends with.
const INTERRUPTED: i32 = 130;

#[tokio::test]
async fn the_steps_that_are_printed_work_when_they_are_pasted() {
    let (_home, server) = Server::start().await;
    let steps: Vec<_> =
        server.output().lines().into_iter().filter(|line| line.trim_start().starts_with("curl ")).collect();
    let [subscribe, publish, look] = steps.as_slice() else { panic!("three steps, not {steps:#?}") };

    let subscribed = paste(subscribe);
    assert!(subscribed["errors"].is_null() && subscribed["data"].is_object(), "{subscribed}");
    let refusals = subscribed["data"].as_object().unwrap().values().map(|payload| &payload["refusals"]);
    assert!(refusals.clone().all(|refusals| *refusals == json!([])), "{subscribed}");
    let published = paste(publish);
    assert!(published["events"][0]["warnings"].is_null(), "it keeps the schema of its type: {published}");
    let id = published["events"][0]["id"].as_str().unwrap_or_else(|| panic!("{published}"));

    let arrived = wait::until("the built-in receiver to show the webhook", async || {
        let shown = paste(look);
        shown.as_array().and_then(|requests| requests.first().cloned())
    })
    .await;
    assert_eq!(arrived["signature"], "valid", "{arrived}");
    assert!(arrived["body"].as_str().unwrap().contains(id), "{arrived}");
    server.stop().await;
}

#[tokio::test]
async fn a_first_interrupt_lets_requests_that_are_under_way_finish() {
    let home = Home::new();
    let mut server = home.start().await;
    let (receiver, token) = (hanging_receiver(&server).await, server.token().to_owned());
    server.interrupt();
    wait_for_line(&server, "Stopping").await;
    assert_eq!(server.has_ended(), None, "the request is still under way");
    receiver.release();
    assert!(server.wait_for_end().await.success());

    let server = home.restart(&token).await;
    let deliveries = server.api().deliveries(json!({})).await;
    assert_eq!((&deliveries[0]["state"], &deliveries[0]["attemptCount"]), (&json!("DELIVERED"), &json!(1)));
    assert_eq!(receiver.count(), 1);
}

#[tokio::test]
async fn a_second_interrupt_ends_at_once() {
    let (_home, mut server) = Server::start().await;
    let _receiver = hanging_receiver(&server).await;
    server.interrupt();
    wait_for_line(&server, "Stopping").await;
    server.interrupt();
    assert_eq!(server.wait_for_end().await.code(), Some(INTERRUPTED));
}

/// Runs a line in a shell, as somebody who pasted it.
fn paste(line: &str) -> Value {
    let output = Command::new("bash").args(["-euo", "pipefail", "-c", line]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{line}\n{said}{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("{line}\nanswered {said}"))
}

/// A receiver with one request that it does not answer yet.
async fn hanging_receiver(server: &Server) -> Receiver {
    let (api, receiver) = (server.api(), Receiver::start().await);
    receiver.answer_always(Answer::Hang);
    api.register(["hang.tested"]).await;
    api.subscribe(json!({ "endpoint": receiver.url(), "eventTypes": ["hang.tested"] })).await;
    api.publish_number("hang.tested", 1).await;
    receiver.wait_for(1).await;
    receiver
}

async fn wait_for_line(server: &Server, start: &str) {
    let said = || server.output().lines().iter().any(|line| line.starts_with(start));
    wait::until_true(&format!("the server to say {start}"), async || said()).await;
}
