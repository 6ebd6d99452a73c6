//! Hands requests to other people's verifiers: standardwebhooks and svix, in Python, JavaScript and Rust.
//!
//! What a receiver got is written to a *journal*, one JSON object a line, which a small script in each language
//! reads. A script also changes a byte of each body and expects a refusal, so that a verifier which accepts
//! everything does not pass.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::{Received, assets, programs};

/// Has every library verify every request with `secret`.
///
/// # Panics
/// At the first library that refuses a request, or that accepts one that was altered; names both.
pub fn verify_everywhere(requests: &[Received], secret: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let journal = folder.path().join("journal.jsonl");
    write_journal(&journal, requests, secret);
    let scripts = assets::folder().join("interop");
    for mut command in [
        command(programs::python(), &scripts.join("verify.py")),
        command("node", &scripts.join("verify.mjs")),
    ] {
        let report = run(command.arg(&journal));
        let expected = json!({ "standardwebhooks": requests.len(), "svix": requests.len() });
        assert_eq!(report, expected, "requests that each library verified");
    }
    for request in requests {
        verify_with_rust(request, secret);
    }
}

/// The Rust library of the Standard Webhooks project; svix's is the same code.
fn verify_with_rust(request: &Received, secret: &str) {
    let webhook = Webhook::new(secret).expect("their library reads our secrets");
    let refused = |error| panic!("standardwebhooks for Rust refused {}: {error}", request.webhook_id());
    webhook.verify(&request.body, &request.headers).unwrap_or_else(refused);
    let altered = [&request.body, b" ".as_slice()].concat();
    assert!(webhook.verify(&altered, &request.headers).is_err(), "their library accepted an altered body");
}

fn write_journal(path: &Path, requests: &[Received], secret: &str) {
    let mut journal = fs::File::create(path).expect("a temporary file");
    for request in requests {
        let line = json!({
            "secret": secret,
            "headers": {
                "webhook-id": request.webhook_id(),
                "webhook-timestamp": request.header("webhook-timestamp"),
                "webhook-signature": request.header("webhook-signature"),
            },
            "body_base64": STANDARD.encode(&request.body),
        });
        writeln!(journal, "{line}").expect("a temporary file can be written");
    }
}

/// The scripts of this name in Python and in JavaScript, ready to be given arguments.
pub fn scripts(name: &str) -> [(&'static str, Command); 2] {
    let folder = assets::folder().join("interop");
    let (python, javascript) = (folder.join(format!("{name}.py")), folder.join(format!("{name}.mjs")));
    [("python", command(programs::python(), &python)), ("javascript", command("node", &javascript))]
}

fn command(program: impl AsRef<std::ffi::OsStr>, script: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg(script).current_dir(assets::folder());
    command
}

/// Runs a script that prints one line of JSON.
pub fn run(command: &mut Command) -> Value {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} failed:\n{stdout}{stderr}");
    serde_json::from_str(stdout.trim())
        .unwrap_or_else(|_| panic!("{command:?} did not print JSON:\n{stdout}{stderr}"))
}
