//! The platform's own kind of event: a benchmark that was really run.

use std::fs;
use std::process::Command;

use hookledger_tests::{Home, Receiver, Server, interop, programs};
use serde_json::{Value, json};

#[tokio::test]
async fn a_benchmark_result_arrives_as_the_benchmark_wrote_it() {
    let (home, server) = Server::start().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    api.register(["benchmark.completed"]).await;
    let subscription = api
        .subscribe(json!({
            "endpoint": receiver.url(),
            "eventTypes": ["benchmark.*"],
            "filter": { "path": "data.results", "exists": true },
        }))
        .await;

    let result = measure_something(&home);
    let published = api.publish("benchmark.completed", &result).await;
    let requests = receiver.wait_for(1).await;

    let envelope = requests[0].envelope();
    assert_eq!((envelope.id.as_str(), envelope.source.as_str()), (published.id.as_str(), "/tests"));
    assert_eq!(envelope.data.get(), result.trim());
    interop::verify_everywhere(&requests, &subscription.secret);
}

/// What hyperfine says about starting our own binary, as it wrote it.
fn measure_something(home: &Home) -> String {
    let file = home.path().join("result.json");
    let command = format!("{} --version", programs::built("hookledger").display());
    let mut hyperfine = Command::new(programs::installed("hyperfine"));
    hyperfine.args(["-N", "--warmup", "1", "--runs", "5", "--style", "none", "--export-json"]);
    let status =
        hyperfine.arg(&file).arg(&command).status().expect("`cargo xtask assets` installs hyperfine");
    assert!(status.success());
    let result = fs::read_to_string(&file).unwrap();
    let parsed: Value = serde_json::from_str(&result).unwrap();
    assert_eq!(parsed["results"][0]["command"], command);
    result
}
