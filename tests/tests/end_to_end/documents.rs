//! The documents that the server shows, judged by other people's validators.

use std::process::Command;

use hookledger_tests::{Server, assets, interop};
use serde_json::{Value, json};

#[tokio::test]
async fn validators_of_asyncapi_and_openapi_accept_what_the_server_shows() {
    let (home, server) = Server::start().await;
    for kind in ["asyncapi", "openapi"] {
        let answer = server.api().get(&format!("/{kind}.json")).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        let file = home.path().join(format!("{kind}.json"));
        std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
        let report = judge(kind, &file);
        assert_eq!(report["errors"], json!([]), "{kind}");
        let (version, counted, least) =
            if kind == "asyncapi" { ("3.0.0", "messages", 31) } else { ("3.2.0", "webhooks", 31) };
        assert_eq!(report["version"], version);
        assert!(report[counted].as_u64().unwrap() >= least, "{kind}: {report}");
        std::fs::write(&file, spoilt(kind, &file)).unwrap();
        assert_ne!(
            judge(kind, &file)["errors"],
            json!([]),
            "a validator that accepts everything says nothing"
        );
    }
}

fn judge(kind: &str, file: &std::path::Path) -> Value {
    let mut command = Command::new("node");
    command.arg(assets::folder().join("interop/documents.mjs")).arg(kind).arg(file);
    interop::run(command.current_dir(assets::folder()))
}

/// The document with one word that means nothing there.
fn spoilt(kind: &str, file: &std::path::Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let (word, other) =
        if kind == "asyncapi" { ("\"action\"", "\"acting\"") } else { ("\"responses\"", "\"replies\"") };
    text.replacen(word, other, 1)
}
