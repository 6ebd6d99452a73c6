//! `CloudEvents` in and out, with the SDKs of the project itself, in Python and JavaScript: what they make is taken in,
//! and they read what is sent.

use std::collections::BTreeMap;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookledger_tests::api::{Api, Subscription};
use hookledger_tests::{Received, Receiver, Server, interop};
use serde::Deserialize;
use serde_json::{Value, json};

/// A request that an SDK made.
#[derive(Deserialize)]
struct Made {
    mode: String,
    headers: BTreeMap<String, Value>,
    body_base64: String,
}

/// What an SDK reads in a request.
#[derive(Deserialize)]
struct Read {
    attributes: BTreeMap<String, Value>,
    data: Value,
}

#[tokio::test]
async fn what_the_sdks_make_is_taken_in_and_they_read_what_is_sent() {
    let (_home, server) = Server::start().await;
    let api = server.api();
    api.register(["result.generated"]).await;
    let (structured, binary) = (Receiver::start().await, Receiver::start().await);
    let in_structured = subscribe(&api, &structured, "CLOUDEVENTS_STRUCTURED").await;
    let in_binary = subscribe(&api, &binary, "CLOUDEVENTS_BINARY").await;

    let mut bodies = Vec::new();
    for (language, mut script) in interop::scripts("cloud_events") {
        let made: Vec<Made> = serde_json::from_value(interop::run(script.arg("produce"))).unwrap();
        assert!(made.len() >= 2, "{language} makes both modes");
        for request in made {
            let body = STANDARD.decode(&request.body_base64).unwrap();
            if request.mode == "binary" {
                bodies.push(body.clone());
            }
            publish(&api, language, &request, body).await;
        }
    }

    // Two events from Python; two and a batch of two from JavaScript.
    let (structured, binary) = (structured.wait_for(6).await, binary.wait_for(6).await);
    interop::verify_everywhere(&structured, &in_structured.secret);
    interop::verify_everywhere(&binary, &in_binary.secret);
    for body in bodies {
        assert!(binary.iter().any(|request| request.body == body), "data is the same byte for byte");
    }
    for requests in [structured, binary] {
        for (language, script) in interop::scripts("cloud_events") {
            let read = parse(script, &requests);
            assert_eq!(read.len(), 6, "{language}");
            for event in &read {
                check(language, event);
            }
        }
    }
}

async fn subscribe(api: &Api, receiver: &Receiver, format: &str) -> Subscription {
    api.subscribe(json!({ "endpoint": receiver.url(), "eventTypes": ["result.*"], "format": format })).await
}

async fn publish(api: &Api, language: &str, request: &Made, body: Vec<u8>) {
    let mut post = api.post_as_is("/v1/events", body);
    for (name, value) in &request.headers {
        post = post.header(name, text(value));
    }
    let answer = post.send().await.unwrap();
    let (status, answer) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 202, "{language}, {}: {answer}", request.mode);
}

fn parse(mut script: std::process::Command, requests: &[Received]) -> Vec<Read> {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let line = |request: &Received| {
        let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let headers: BTreeMap<_, _> = headers.collect();
        json!({ "headers": headers, "body_base64": STANDARD.encode(&request.body) }).to_string()
    };
    fs::write(&journal, requests.iter().map(line).collect::<Vec<_>>().join("\n")).unwrap();
    serde_json::from_value(interop::run(script.arg("parse").arg(&journal))).unwrap()
}

/// An event says what the script that made it said, whichever script reads it.
fn check(reader: &str, event: &Read) {
    let attribute = |name: &str| event.attributes.get(name).map(text).unwrap_or_default();
    let (id, maker) = (attribute("id"), attribute("source"));
    let maker = maker.strip_prefix("https://bench.example.com/runs?of=").expect("the source is kept");
    assert!(id.starts_with(maker), "{reader}: {id} of {maker}");
    let subject = if maker == "python" { "Läufe 100% \"schnell\" 🦀" } else { "runs/7" };
    assert_eq!(attribute("subject"), subject, "{reader}: {id}");
    assert_eq!((attribute("type"), attribute("dataversion")), ("result.generated".into(), "2".into()));
    assert_eq!((attribute("specversion"), attribute("partitionkey")), ("1.0".into(), "eu-1".into()));
    assert!(attribute("time").starts_with("2026-11-23T16:00:00.25"), "{reader}: {}", attribute("time"));
    assert!(attribute("hookledgerid").starts_with("evt_"), "{reader}: {id}");
    assert_eq!(
        event.data,
        json!({ "score": 1.5, "name": "Zürich", "list": [1, null, true] }),
        "{reader}: {id}"
    );
}

/// Attributes are texts in headers, and some are numbers in JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
