//! Publishing events of all types of the platform, with and without having their data validated.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use hookledger_tests::Server;
use hookledger_tests::api::Api;
use hookledger_tests::bench::{LoadReport, cpu_of};

use super::results::{Comparison, Cost, Measured};
use super::subject;

/// Rates with every type enforced, beside those with none validated, in turns.
pub(crate) async fn validating(events: u64, rounds: u32) -> Result<Comparison> {
    let (home, server) = Server::start().await;
    let api = server.api();
    let types = types(&api).await;
    let file = home.path().join("events.jsonl");
    fs::write(&file, samples(&types).join("\n"))?;
    let file = file.to_str().context("the path of a temporary folder is text")?;
    let publish = async |validation: &str| {
        for one in &types {
            let input = json!({ "name": one["name"], "validation": validation });
            api.done("setEventTypeValidation", "SetEventTypeValidationInput", input, "").await;
        }
        let before = cpu_of(server.pid());
        let options = ["--callers", "64", "--events-from", file];
        let url = api.url("/v1/events");
        let report: LoadReport = subject::publish(&url, Some(api.token()), events, &options).await?;
        ensure!(report.acknowledged == events, "an event was refused");
        let used = cpu_of(server.pid()) - before;
        Ok(Measured::new(report.rate(), Cost::of(events, (used, 0), report.cpu_us)))
    };
    let mut measured = Comparison::default();
    publish("OFF").await?; // Warms up.
    for _ in 0..rounds {
        measured.server(publish("ENFORCE").await?);
        measured.yardstick(publish("OFF").await?);
    }
    server.stop().await;
    Ok(measured)
}

/// The types of the platform, with a sample of each of their versions.
async fn types(api: &Api) -> Vec<Value> {
    let asked = "{ eventTypes(first: 50) { nodes { name versions { number sample } } } }";
    let mut answer = api.graphql(asked, json!({})).await;
    serde_json::from_value(answer["eventTypes"]["nodes"].take()).expect("nodes are a list")
}

/// An event of each version, as it is published.
fn samples(types: &[Value]) -> Vec<String> {
    let event = |one: &Value, version: &Value| {
        let (kind, number, data) = (&one["name"], &version["number"], &version["sample"]);
        json!({ "type": kind, "version": number, "source": "/bench", "data": data }).to_string()
    };
    types
        .iter()
        .flat_map(|one| {
            one["versions"].as_array().into_iter().flatten().map(move |version| event(one, version))
        })
        .collect()
}
