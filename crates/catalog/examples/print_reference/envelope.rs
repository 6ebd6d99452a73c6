//! What surrounds an event's data when it is delivered.

use crate::catalogue::{component, reference};
use crate::json::{Json, object, text, texts};

/// The headers of every delivery: name, what it says, an example.
pub(crate) const HEADERS: [(&str, &str, &str); 3] = [
    (
        "webhook-id",
        "Names the delivery: the same for all its attempts, so that a repeat can be recognised.",
        "dlv_622bpa5hrfgqe87n8dy6bx8pzs",
    ),
    ("webhook-timestamp", "When the attempt was made, in seconds since 1970.", "1795824000"),
    (
        "webhook-signature",
        "Signatures over id, timestamp and body, separated by spaces, as Standard Webhooks has them.",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
];

/// The schema of the usual body of a delivery of this type and version.
pub(crate) fn schema(event_type: &str, version: u32) -> Json {
    object([
        ("type", text("object")),
        (
            "description",
            text(
                "The payload that Standard Webhooks recommends, with the event's id, version, schema, source and metadata beside. New members may come.",
            ),
        ),
        (
            "properties",
            object([
                ("id", described("string", "The event's id.")),
                ("type", object([("const", text(event_type)), ("description", text("The event's type."))])),
                (
                    "version",
                    object([
                        ("const", Json::Scalar(version.to_string())),
                        ("description", text("The version of the type's data.")),
                    ]),
                ),
                (
                    "schema",
                    described("string", "What the schema of that version is called.")
                        .with("format", text("uri")),
                ),
                ("source", described("string", "Where it happened: a URI reference.")),
                ("timestamp", described("string", "When it happened.").with("format", text("date-time"))),
                ("data", reference(&component(event_type, version))),
                (
                    "metadata",
                    described(
                        "object",
                        "What the publisher said about it besides, such as `correlation_id`.",
                    ),
                ),
            ]),
        ),
        ("required", texts(&["id", "type", "version", "source", "timestamp", "data"])),
    ])
}

/// A body of this type and version with this data.
pub(crate) fn example(event_type: &str, version: u32, data: &Json) -> Json {
    object([
        ("id", text("evt_622bpa5hrfgqe87n8dy6bx8pzs")),
        ("type", text(event_type)),
        ("version", Json::Scalar(version.to_string())),
        ("source", text("https://bench.example.com")),
        ("timestamp", text("2026-11-28T00:00:00.000000Z")),
        ("data", data.clone()),
    ])
}

fn described(kind: &str, description: &str) -> Json {
    object([("type", text(kind)), ("description", text(description))])
}
