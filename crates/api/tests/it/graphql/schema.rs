//! The files under `schemas/` that are made from the code, or hold it to its word.

use std::path::{Path, PathBuf};

use hookledger_api::{ASYNCAPI_DOCUMENT, Kind, OPENAPI_DOCUMENT, schema_sdl};
use serde_json::Value;

use crate::support::app;

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

#[test]
fn schema_is_current() {
    let path = schemas().join("graphql/schema.graphql");
    let sdl = schema_sdl();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &sdl).expect("the schema can be written");
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == sdl,
        "schemas/graphql/schema.graphql is not what the code says: run `cargo xtask codegen`, or this test with \
         UPDATE_SCHEMA=1, and look at the difference"
    );
}

/// The methods of each path of the OpenAPI document.
fn operations() -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(OPENAPI_DOCUMENT).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, methods)| {
        methods
            .as_object()
            .unwrap()
            .keys()
            .map(|method| (path.clone(), method.to_uppercase()))
            .collect::<Vec<_>>()
    });
    operations.collect()
}

#[tokio::test]
async fn the_openapi_document_has_the_paths_that_are_served() {
    let server = app().await;
    for (path, method) in operations() {
        let path = path.replace("{name}", "internal");
        let request = http::Request::builder()
            .method(method.as_str())
            .uri(&path)
            .body(axum::body::Body::empty())
            .unwrap();
        let status = server.send(request).await.status;
        assert!(status != 404 && status != 405, "{method} {path} is described and not served: {status}");
        let request = http::Request::patch(&path).body(axum::body::Body::empty()).unwrap();
        let allowed = server.send(request).await.header("allow").replace("HEAD", "");
        let allowed: Vec<_> = allowed.split(',').filter(|method| !method.is_empty()).collect();
        assert_eq!(allowed, [method.as_str()], "{path}");
    }
    assert_eq!(server.get("/openapi.json").await.text(), OPENAPI_DOCUMENT);
    assert_eq!(server.get("/asyncapi.json").await.text(), ASYNCAPI_DOCUMENT);
}

#[test]
fn the_openapi_document_names_every_kind_of_problem() {
    let document: Value = serde_json::from_str(OPENAPI_DOCUMENT).unwrap();
    let named: Vec<_> = document["components"]["schemas"]["ProblemName"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.slug()).collect();
    assert_eq!(named, known);
    let statuses = document["paths"]["/v1/events"]["post"]["responses"].as_object().unwrap();
    for kind in Kind::ALL.iter().filter(|kind| !matches!(kind, Kind::NotFound | Kind::MethodNotAllowed)) {
        assert!(statuses.contains_key(kind.status().as_str()), "{}", kind.slug());
    }
}
