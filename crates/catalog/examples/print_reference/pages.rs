//! The pages of `docs/events`: an index, one page for each type, and one for what types share.

use std::fmt::Write as _;

use hookledger_catalog::builtin::{self, BuiltinType, BuiltinVersion};

use crate::catalogue::{family, newest};
use crate::fields::{fields, kind};
use crate::json::Json;
use crate::steps::sentences;

const MADE: &str = "<!-- Made from schemas/events by `cargo xtask codegen`; changes here are lost. -->\n";
/// A table of fields needs a heading that says what the columns are.
const COLUMNS: &str = "| field | kind | required | meaning |\n|---|---|---|---|\n";

/// Every page by the name of its file.
pub(crate) fn all() -> Vec<(String, String)> {
    let mut pages = vec![("README.md".to_owned(), index()), ("shared.md".to_owned(), shared())];
    pages.extend(builtin::types().iter().map(|built| (format!("{}.md", built.name), page(built))));
    pages
}

fn index() -> String {
    let mut out = format!("{MADE}\n# Events\n\n");
    out.push_str(INTRODUCTION);
    let mut last = "";
    for built in builtin::types() {
        let family = family(built);
        if family != last {
            write(&mut out, format_args!("\n## {family}\n\n| type | version | meaning |\n|---|---|---|\n"));
            last = family;
        }
        let meaning = first_sentence(&built.description);
        write(
            &mut out,
            format_args!("| [`{0}`]({0}.md) | {1} | {meaning} |\n", built.name, newest(built).number),
        );
    }
    out
}

const INTRODUCTION: &str = "\
What the benchmark platform publishes, and what Hookledger itself tells. Each type has a page: what it means, when it is sent, \
its fields, examples, and what changed between its versions.\n\n\
The pages describe the `data` of an event. What surrounds it is described in [Publishing](../guides/publishing.md) and \
[Subscribing](../guides/subscribing.md). The same for programs: [JSON Schemas](../../schemas/events), \
[AsyncAPI](../../schemas/asyncapi/hookledger.json) (`/asyncapi.json` of a running server) and the webhooks of \
[OpenAPI](../../schemas/openapi/hookledger.json) (`/openapi.json`).\n\n\
[Parts that types share](shared.md): actor, environment, metric, model, data set and others.\n";

fn page(built: &BuiltinType) -> String {
    let newest = newest(built);
    let mut out =
        format!("{MADE}\n# `{}`\n\n**{}.** {}\n\n", built.name, built.title, built.description.trim());
    write(&mut out, format_args!("*When it is sent:* {}\n\n", built.sent_when));
    write(
        &mut out,
        format_args!(
            "*Current version:* {}. *Schema:* [`v{}.json`](../../schemas/events/{}/v{}.json)\n",
            newest.number, newest.number, built.name, newest.number
        ),
    );
    for version in built.versions.iter().rev() {
        version_section(built, version, &mut out);
    }
    out
}

fn version_section(built: &BuiltinType, version: &BuiltinVersion, out: &mut String) {
    let schema = Json::read(version.schema);
    write(
        out,
        format_args!(
            "\n## Version {}\n\n{}\n\n{COLUMNS}",
            version.number,
            schema.text("description").unwrap_or_default()
        ),
    );
    rows(&schema, out);
    changes(built, version, out);
    examples(&schema, out);
}

fn rows(schema: &Json, out: &mut String) {
    for field in fields(schema) {
        let required = if field.required { "yes" } else { "" };
        write(out, format_args!("| `{}` | {} | {required} | {} |\n", field.path, field.kind, field.meaning));
    }
}

/// What changed against the version before, and what is lost on the way between them.
fn changes(built: &BuiltinType, version: &BuiltinVersion, out: &mut String) {
    let Some(mapping) = version.mapping.map(Json::read) else { return };
    let before = version.number - 1;
    write(out, format_args!("\n### What changed since version {before}\n\n"));
    let Some(up) = mapping.get("up") else { return };
    for sentence in sentences(up) {
        write(out, format_args!("- {sentence}\n"));
    }
    let compatibility = mapping.text("compatibility").unwrap_or_default();
    let file = format!("../../schemas/events/{}/v{}.mapping.json", built.name, version.number);
    write(out, format_args!("\nCompatibility: `{compatibility}` ([mapping]({file})).\n\n"));
    for (direction, from, to) in [("up", before, version.number), ("down", version.number, before)] {
        let Some(way) = mapping.get(direction) else { continue };
        let losses: Vec<_> = way
            .get("loses")
            .map(Json::elements)
            .unwrap_or_default()
            .iter()
            .filter_map(Json::as_text)
            .collect();
        let lost = if losses.is_empty() { "nothing".to_owned() } else { losses.join("; ") };
        write(out, format_args!("- From version {from} to {to} is lost: {lost}.\n"));
    }
}

fn examples(schema: &Json, out: &mut String) {
    let examples = schema.get("examples").map(Json::elements).unwrap_or_default();
    out.push_str("\n### Examples\n");
    for example in examples {
        write(out, format_args!("\n```json\n{}```\n", example.pretty()));
    }
}

fn shared() -> String {
    let mut out = format!("{MADE}\n# Parts that types share\n");
    for (name, schema) in builtin::shared_parts() {
        let schema = Json::read(schema);
        let (name, version) = name.split_once('/').unwrap_or((name, "v1"));
        let heading = if version == "v1" { name.to_owned() } else { format!("{name} {version}") };
        write(
            &mut out,
            format_args!("\n## {heading}\n\n{}\n\n", schema.text("description").unwrap_or_default()),
        );
        if schema.get("properties").is_some() {
            out.push_str(COLUMNS);
            rows(&schema, &mut out);
        } else {
            write(&mut out, format_args!("A {}{}\n", kind(&schema), values(&schema)));
        }
        let example = schema.get("examples").and_then(|examples| examples.elements().first());
        if let Some(example) = example {
            write(&mut out, format_args!("\n```json\n{}```\n", example.pretty()));
        }
    }
    out
}

/// The values of what is one of several.
fn values(schema: &Json) -> String {
    let values = schema.get("enum").map(Json::elements).unwrap_or_default().iter();
    let values: Vec<_> = values.filter_map(Json::as_text).map(|value| format!("`{value}`")).collect();
    if values.is_empty() { ".".to_owned() } else { format!(": {}.", values.join(", ")) }
}

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}

fn write(out: &mut String, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("a text takes whatever is written to it");
}
