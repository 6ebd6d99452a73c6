//! The catalogue as the documents need it: schemas that stand in one document and refer to each other there.

use hookledger_catalog::builtin::{self, BuiltinType, BuiltinVersion};

use crate::json::{Json, text};

/// What a schema is called among the components of a document.
pub(crate) fn component(event_type: &str, version: u32) -> String {
    format!("{event_type}.v{version}")
}

/// A reference to a component.
pub(crate) fn reference(name: &str) -> Json {
    Json::Object(vec![("$ref".to_owned(), text(format!("#/components/schemas/{name}")))])
}

/// Every schema, the shared parts first, by the names of the components.
pub(crate) fn components() -> Vec<(String, Json)> {
    let parts = builtin::shared_parts().iter();
    let parts = parts.map(|(name, schema)| (part(name), bundled(&Json::read(schema))));
    let types = builtin::types().iter().flat_map(|built| {
        let version = move |version: &BuiltinVersion| {
            (component(built.name, version.number), bundled(&Json::read(version.schema)))
        };
        built.versions.iter().map(version)
    });
    parts.chain(types).collect()
}

/// The newest version of a type.
pub(crate) fn newest(built: &BuiltinType) -> &BuiltinVersion {
    built.versions.last().expect("a type has a version")
}

/// The first part of a type's name.
pub(crate) fn family(built: &BuiltinType) -> &'static str {
    built.name.split('.').next().unwrap_or(built.name)
}

/// The component of the shared part `<name>/v<version>`.
fn part(name: &str) -> String {
    format!("shared.{}", name.replace('/', "."))
}

/// A schema without an identity of its own, whose references lead to components.
fn bundled(schema: &Json) -> Json {
    match schema {
        Json::Scalar(_) => schema.clone(),
        Json::List(elements) => Json::List(elements.iter().map(bundled).collect()),
        Json::Object(members) => {
            let kept = members.iter().filter(|(name, _)| name != "$id" && name != "$schema");
            let member = |(name, value): &(String, Json)| match (name.as_str(), value.as_text()) {
                ("$ref", Some(target)) => (name.clone(), text(moved(&target))),
                // Examples are data, and may have members of any name.
                ("examples", _) => (name.clone(), value.clone()),
                _ => (name.clone(), bundled(value)),
            };
            Json::Object(kept.map(member).collect())
        }
    }
}

/// Where a reference leads to in a document.
fn moved(target: &str) -> String {
    let path =
        target.split_once("/shared/").or_else(|| target.split_once("../")).map_or(target, |(_, path)| path);
    format!("#/components/schemas/{}", part(path.strip_suffix(".json").unwrap_or(path)))
}
