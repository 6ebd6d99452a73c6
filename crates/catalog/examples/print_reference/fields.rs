//! The fields of a schema as rows of a table: nested ones by their whole path.

use std::fmt::Write as _;

use crate::json::Json;

/// A field.
pub(crate) struct Field {
    /// From the data down, with full stops between, `[]` for the elements of a list.
    pub(crate) path: String,
    /// What kind of value it is.
    pub(crate) kind: String,
    pub(crate) required: bool,
    /// What it means, and what bounds it has.
    pub(crate) meaning: String,
}

/// The fields of an object's schema, in its order. Shared parts are named, not opened.
pub(crate) fn fields(schema: &Json) -> Vec<Field> {
    let mut found = Vec::new();
    walk(schema, "", &mut found);
    found
}

fn walk(schema: &Json, base: &str, found: &mut Vec<Field>) {
    let required: Vec<_> = schema
        .get("required")
        .map(Json::elements)
        .unwrap_or_default()
        .iter()
        .filter_map(Json::as_text)
        .collect();
    for (name, field) in schema.get("properties").map(Json::members).unwrap_or_default() {
        let path = if base.is_empty() { name.clone() } else { format!("{base}.{name}") };
        let required = required.contains(name);
        found.push(Field { path: path.clone(), kind: kind(field), required, meaning: meaning(field) });
        walk(field, &path, found);
        if let Some(items) = field.get("items") {
            walk(items, &format!("{path}[]"), found);
        }
    }
}

/// The kind of value, as people say it.
pub(crate) fn kind(schema: &Json) -> String {
    if let Some(target) = schema.text("$ref") {
        let name = target.trim_start_matches("../shared/").split('/').next().unwrap_or_default();
        return format!("[{name}](shared.md#{name})");
    }
    if let Some(constant) = schema.get("const") {
        return format!("`{}`", constant.compact());
    }
    match schema.text("type").as_deref() {
        Some("array") => {
            format!("list of {}", schema.get("items").map_or_else(|| "anything".to_owned(), kind))
        }
        Some("object") if schema.get("properties").is_none() => {
            format!(
                "map of {}",
                schema.get("additionalProperties").map_or_else(|| "anything".to_owned(), kind)
            )
        }
        Some("string") if schema.get("enum").is_some() => "one of".to_owned(),
        Some("string") => match schema.text("format").as_deref() {
            Some("date-time") => "instant (RFC 3339)".to_owned(),
            Some("uri") => "URI".to_owned(),
            Some("email") => "e-mail address".to_owned(),
            _ => "text".to_owned(),
        },
        Some("integer") => "whole number".to_owned(),
        Some(other) => other.to_owned(),
        None => {
            let several = schema.get("type").map(Json::elements).unwrap_or_default();
            several.iter().filter_map(Json::as_text).collect::<Vec<_>>().join(" or ")
        }
    }
}

fn meaning(schema: &Json) -> String {
    let mut meaning = schema.text("description").unwrap_or_default();
    let values = schema.get("enum").or_else(|| schema.get("items").and_then(|items| items.get("enum")));
    if let Some(values) = values {
        let values: Vec<_> =
            values.elements().iter().filter_map(Json::as_text).map(|value| format!("`{value}`")).collect();
        write!(meaning, " Values: {}.", values.join(", ")).expect("a text takes whatever is written to it");
    }
    let bounds = bounds(schema);
    if !bounds.is_empty() {
        write!(meaning, " ({bounds})").expect("a text takes whatever is written to it");
    }
    // A bar would end the cell of the table.
    meaning.replace('|', "\\|")
}

/// What a reader may want to know about how much is allowed.
fn bounds(schema: &Json) -> String {
    let scalar = |name: &str| schema.get(name).map(Json::compact);
    let range = match (scalar("minimum"), scalar("maximum")) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (Some(least), None) => Some(format!("at least {least}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        (None, None) => scalar("exclusiveMinimum").map(|least| format!("greater than {least}")),
    };
    let below = scalar("exclusiveMaximum").map(|most| format!("less than {most}"));
    let characters = scalar("maxLength").map(|most| format!("at most {most} characters"));
    let items = scalar("maxItems").map(|most| format!("at most {most}"));
    let members = scalar("maxProperties").map(|most| format!("at most {most} entries"));
    let pattern = schema.text("pattern").map(|pattern| format!("`{pattern}`"));
    [range, below, characters, items, members, pattern].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
