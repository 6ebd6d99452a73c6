//! The `AsyncAPI` 3 document: what is sent to subscribers, seen from Hookledger.

use hookledger_catalog::builtin::{self, BuiltinType, BuiltinVersion};

use crate::catalogue::{component, components, family, newest};
use crate::envelope;
use crate::json::{Json, object, text, texts};

/// The whole document.
pub(crate) fn document() -> Json {
    let types = builtin::types();
    let channels = types.iter().map(|built| (built.name.to_owned(), channel(built)));
    let operations = types.iter().map(|built| (format!("send.{}", built.name), operation(built)));
    let messages = types.iter().flat_map(|built| {
        let message =
            |version: &BuiltinVersion| (component(built.name, version.number), message(built, version));
        built.versions.iter().map(message)
    });
    object([
        ("asyncapi", text("3.0.0")),
        (
            "info",
            object([
                ("title", text("Events of the benchmark platform")),
                ("version", text("1")),
                (
                    "description",
                    text(
                        "What Hookledger sends to subscribers over signed webhooks. Made from schemas/events; docs/events has the same for reading.",
                    ),
                ),
                ("license", object([("name", text("Apache-2.0 OR MIT"))])),
            ]),
        ),
        ("defaultContentType", text("application/json")),
        ("channels", Json::Object(channels.collect())),
        ("operations", Json::Object(operations.collect())),
        (
            "components",
            object([("messages", Json::Object(messages.collect())), ("schemas", Json::Object(components()))]),
        ),
    ])
}

/// Where events of a type go: to whatever endpoint a subscription names.
fn channel(built: &BuiltinType) -> Json {
    let messages = built.versions.iter().map(|version| {
        let name = component(built.name, version.number);
        let reference = object([("$ref", text(format!("#/components/messages/{name}")))]);
        (format!("v{}", version.number), reference)
    });
    object([
        ("address", Json::Scalar("null".to_owned())),
        ("title", text(&built.title)),
        (
            "description",
            text(format!(
                "{} {} The address is the endpoint of each subscription.",
                built.description, built.sent_when
            )),
        ),
        ("messages", Json::Object(messages.collect())),
        ("tags", Json::List(vec![object([("name", text(family(built)))])])),
    ])
}

fn operation(built: &BuiltinType) -> Json {
    let newest = newest(built).number;
    object([
        ("action", text("send")),
        ("channel", object([("$ref", text(format!("#/channels/{}", built.name)))])),
        ("title", text(&built.title)),
        ("summary", text(&built.sent_when)),
        ("bindings", object([("http", object([("method", text("POST"))]))])),
        (
            "messages",
            Json::List(vec![object([(
                "$ref",
                text(format!("#/channels/{}/messages/v{newest}", built.name)),
            )])]),
        ),
    ])
}

fn message(built: &BuiltinType, version: &BuiltinVersion) -> Json {
    let schema = Json::read(version.schema);
    let examples = schema.get("examples").map(Json::elements).unwrap_or_default();
    let examples = examples
        .iter()
        .map(|data| object([("payload", envelope::example(built.name, version.number, data))]));
    let headers = envelope::HEADERS.iter().map(|(name, description, _)| {
        ((*name).to_owned(), object([("type", text("string")), ("description", text(description))]))
    });
    let names: Vec<_> = envelope::HEADERS.iter().map(|(name, ..)| *name).collect();
    object([
        ("name", text(built.name)),
        ("title", text(schema.text("title").unwrap_or_default())),
        ("summary", text(schema.text("description").unwrap_or_default())),
        ("contentType", text("application/json")),
        (
            "headers",
            object([
                ("type", text("object")),
                ("properties", Json::Object(headers.collect())),
                ("required", texts(&names)),
            ]),
        ),
        ("payload", envelope::schema(built.name, version.number)),
        ("examples", Json::List(examples.collect())),
    ])
}
