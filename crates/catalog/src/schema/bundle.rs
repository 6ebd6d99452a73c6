//! Building the shared parts of the catalogue into a document, so that it stands by itself.

use serde_json::{Map, Value};

use super::walk::visit_mut;
use super::{SchemaError, SharedParts, bounds, limits};

/// Where schemas of the catalogue live, as far as their names go; nothing is fetched from there.
pub(crate) const BASE: &str = "https://hookledger.dev/schemas/events/";
/// Where the `$id` of the document is kept, since one would change what references within it lead to.
pub(super) const ID_KEPT: &str = "x-id";

/// A reference, as far as it concerns this.
enum Target {
    /// Within the same document.
    Local(String),
    /// The shared part of this name.
    Shared(String),
}

/// The document with the shared parts in its `$defs`, and their names.
pub(super) fn bundle(
    mut document: Value,
    parts: &dyn SharedParts,
) -> Result<(Value, Vec<String>), SchemaError> {
    let mut wanted = Vec::new();
    relocate(&mut document, None, &mut wanted)?;
    let mut built_in: Vec<(String, Value)> = Vec::new();
    while let Some((name, path)) = wanted.pop() {
        if built_in.iter().any(|(known, _)| *known == name) {
            continue;
        }
        if built_in.len() == limits::SHARED {
            return Err(SchemaError::TooMany { what: "shared parts", max: limits::SHARED });
        }
        let dangling = || SchemaError::Dangling { path, reference: format!("shared/{name}") };
        let mut part = bounds::read(parts.part(&name).ok_or_else(dangling)?)?;
        relocate(&mut part, Some(&name), &mut wanted)?;
        built_in.push((name, part));
    }
    let mut names: Vec<_> = built_in.iter().map(|(name, _)| name.clone()).collect();
    names.sort_unstable();
    if let Some(root) = document.as_object_mut() {
        if let Some(id) = root.remove("$id") {
            root.insert(ID_KEPT.to_owned(), id);
        }
        if !built_in.is_empty() {
            let definitions = root.entry("$defs").or_insert_with(|| Value::Object(Map::new()));
            let definitions = definitions.as_object_mut();
            let definitions = definitions.ok_or(SchemaError::Invalid {
                path: "/$defs".to_owned(),
                reason: "the definitions are an object".to_owned(),
            })?;
            definitions.extend(built_in.into_iter().map(|(name, part)| (definition(&name), part)));
        }
    }
    Ok((document, names))
}

/// Makes each reference in a document lead to where its target will stand, and names the shared parts among them.
fn relocate(
    document: &mut Value,
    part: Option<&str>,
    wanted: &mut Vec<(String, String)>,
) -> Result<(), SchemaError> {
    visit_mut(document, "", &mut |schema, path| {
        if !path.is_empty() || part.is_some() {
            if let (Some(_), false) = (schema.get("$id"), path.is_empty()) {
                return Err(SchemaError::Unsupported {
                    path: path.to_owned(),
                    keyword: "$id".to_owned(),
                    reason: "only a whole schema has a name of its own",
                });
            }
            schema.remove("$id");
            if part.is_some() {
                // Its examples are of the part alone, and its dialect is the document's.
                schema.remove("$schema");
            }
        }
        let Some(reference) = schema.get("$ref") else { return Ok(()) };
        let Some(reference) = reference.as_str() else {
            return Err(SchemaError::Invalid {
                path: format!("{path}/$ref"),
                reason: "a reference is a text".to_owned(),
            });
        };
        let moved = match target(reference, part) {
            Some(Target::Local(pointer)) => match part {
                None => format!("#{pointer}"),
                Some(part) => format!("#/$defs/{}{pointer}", definition(part)),
            },
            Some(Target::Shared(name)) => {
                let moved = format!("#/$defs/{}", definition(&name));
                wanted.push((name, path.to_owned()));
                moved
            }
            None => {
                return Err(SchemaError::Remote {
                    path: path.to_owned(),
                    reference: reference.chars().take(128).collect(),
                });
            }
        };
        schema.insert("$ref".to_owned(), Value::String(moved));
        Ok(())
    })
}

fn target(reference: &str, part: Option<&str>) -> Option<Target> {
    if let Some(pointer) = reference.strip_prefix('#') {
        return (pointer.is_empty() || pointer.starts_with('/')).then(|| Target::Local(pointer.to_owned()));
    }
    // Parts stand one level deeper, so that a part beside this one is found without the folder's name.
    let name = reference
        .strip_prefix(BASE)
        .and_then(|rest| rest.strip_prefix("shared/"))
        .or_else(|| reference.strip_prefix("../shared/").filter(|_| part.is_none()))
        .or_else(|| reference.strip_prefix("../").filter(|_| part.is_some()))?;
    let name = name.strip_suffix(".json")?;
    let (folder, version) = name.split_once("/v")?;
    let good = !folder.is_empty()
        && folder.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
        && version.parse::<u32>().is_ok_and(|version| version > 0);
    good.then(|| Target::Shared(name.to_owned()))
}

/// What a shared part is called among the definitions.
fn definition(name: &str) -> String {
    name.replace('/', ".")
}
