//! Other people's tests of servers that speak GraphQL over HTTP: the audits of the npm package `graphql-http`.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use hookledger_tests::{Server, assets, interop};
use serde::Deserialize;

/// An audit that may fail, and why; from the allow-list.
type Allowed = BTreeMap<String, String>;

#[derive(Deserialize)]
struct Audit {
    id: String,
    name: String,
    status: String,
    reason: Option<String>,
}

#[tokio::test]
async fn every_audit_passes_except_those_that_are_allowed_not_to() {
    let (_home, server) = Server::start().await;
    let allowed = allowed();
    let audits = audit(&server);
    assert!(audits.len() > 40, "the package has dozens of audits, not {}", audits.len());

    let not_ok = |audit: &&Audit| audit.status != "ok";
    let surprises: Vec<_> = audits
        .iter()
        .filter(not_ok)
        .filter(|audit| !allowed.contains_key(&audit.id))
        .map(|Audit { id, name, status, reason }| {
            format!("{id} {status}: {name}: {}", reason.as_deref().unwrap_or("?"))
        })
        .collect();
    assert!(surprises.is_empty(), "audits that do not pass:\n{}", surprises.join("\n"));
    let failing: Vec<_> = audits.iter().filter(not_ok).map(|audit| &audit.id).collect();
    let stale: Vec<_> = allowed.keys().filter(|id| !failing.contains(id)).collect();
    assert!(stale.is_empty(), "the allow-list names audits that pass: {stale:?}");
}

fn allowed() -> Allowed {
    let file = assets::folder().join("../crates/api/graphql-http-audits.allow.json");
    let allowed: Allowed = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert!(allowed.values().all(|reason| reason.len() > 20), "each exception has its reason");
    allowed
}

fn audit(server: &Server) -> Vec<Audit> {
    let script = assets::folder().join("interop/graphql-http.mjs");
    let url = format!("{}/graphql", server.address());
    let report = interop::run(Command::new("node").arg(script).arg(url).arg(server.token()));
    serde_json::from_value(report).unwrap()
}
