//! The `OpenAPI` 3.2 document: the HTTP part as it is written by hand, and a webhook for each type.

use hookledger_catalog::builtin::{self, BuiltinType};

use crate::catalogue::{component, components, family, newest, reference};
use crate::envelope;
use crate::json::{Json, object, text};

/// What people write: paths, parameters, problems.
const BY_HAND: &str = include_str!("../../../../schemas/openapi/http.json");
/// What a receiver may answer, and what that does.
const ANSWERS: [(&str, &str); 4] = [
    ("2XX", "The event was received. Answer before working on it."),
    (
        "410",
        "The endpoint is gone for good: the delivery is a dead letter, and the subscription is disabled.",
    ),
    ("429", "Too much: the whole subscription waits, for as long as Retry-After says."),
    (
        "default",
        "Anything else, redirects included, is a failure; the attempt is repeated as the retry policy says.",
    ),
];

/// The whole document.
pub(crate) fn document() -> Json {
    let by_hand = Json::read(BY_HAND);
    let shared = by_hand.get("components").cloned().unwrap_or(Json::Object(Vec::new()));
    let mut schemas = shared.get("schemas").map(|schemas| schemas.members().to_vec()).unwrap_or_default();
    schemas.extend(components());
    let headers = envelope::HEADERS.iter().map(|(name, description, example)| {
        let header = object([
            ("name", text(name)),
            ("in", text("header")),
            ("required", Json::Scalar("true".to_owned())),
            ("description", text(description)),
            ("schema", object([("type", text("string"))])),
            ("example", text(example)),
        ]);
        ((*name).to_owned(), header)
    });
    let mut parameters = shared.get("parameters").map(|known| known.members().to_vec()).unwrap_or_default();
    parameters.extend(headers);
    let components =
        shared.with("schemas", Json::Object(schemas)).with("parameters", Json::Object(parameters));
    let webhooks = builtin::types().iter().map(|built| (built.name.to_owned(), webhook(built)));
    by_hand.with("webhooks", Json::Object(webhooks.collect())).with("components", components)
}

fn webhook(built: &BuiltinType) -> Json {
    let version = newest(built);
    let schema = Json::read(version.schema);
    let example = schema.get("examples").and_then(|examples| examples.elements().first());
    let example = example.map(|data| envelope::example(built.name, version.number, data));
    let parameters = envelope::HEADERS.iter();
    let parameters =
        parameters.map(|(name, ..)| object([("$ref", text(format!("#/components/parameters/{name}")))]));
    let answers = ANSWERS
        .iter()
        .map(|(status, meaning)| ((*status).to_owned(), object([("description", text(meaning))])));
    let standard = object([("schema", envelope::schema(built.name, version.number))]);
    let data = reference(&component(built.name, version.number));
    let structured = object([(
        "schema",
        object([
            ("type", text("object")),
            ("description", text("CloudEvents 1.0 in structured mode, for subscriptions with that format.")),
            ("properties", object([("data", data)])),
        ]),
    )]);
    let post = object([
        ("operationId", text(format!("receive.{}", built.name))),
        ("tags", Json::List(vec![text(family(built))])),
        ("summary", text(&built.title)),
        ("description", text(format!("{}\n\n{}", built.description, built.sent_when))),
        // Receivers do not use our keys; they verify the signature.
        ("security", Json::List(Vec::new())),
        ("parameters", Json::List(parameters.collect())),
        (
            "requestBody",
            object([
                ("required", Json::Scalar("true".to_owned())),
                (
                    "content",
                    object([
                        (
                            "application/json",
                            example.map_or(standard.clone(), |example| standard.with("example", example)),
                        ),
                        ("application/cloudevents+json", structured),
                    ]),
                ),
            ]),
        ),
        ("responses", Json::Object(answers.collect())),
    ]);
    object([("post", post)])
}
