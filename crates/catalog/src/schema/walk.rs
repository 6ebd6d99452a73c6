//! Visiting the subschemas of a document, and nothing that only looks like one.

use serde_json::Value;

/// What a keyword's value holds.
enum Holds {
    One,
    List,
    Map,
}

const fn holds(keyword: &str) -> Option<Holds> {
    Some(match keyword.as_bytes() {
        b"properties" | b"patternProperties" | b"$defs" | b"definitions" | b"dependentSchemas" => Holds::Map,
        b"prefixItems" | b"allOf" | b"anyOf" | b"oneOf" => Holds::List,
        b"items"
        | b"contains"
        | b"additionalProperties"
        | b"propertyNames"
        | b"not"
        | b"if"
        | b"then"
        | b"else"
        | b"unevaluatedItems"
        | b"unevaluatedProperties" => Holds::One,
        _ => return None,
    })
}

/// Calls `visit` with each subschema that is an object, outer ones first, and its place. Depth was bounded before.
pub(super) fn visit<E>(
    schema: &Value,
    path: &str,
    visit_one: &mut impl FnMut(&serde_json::Map<String, Value>, &str) -> Result<(), E>,
) -> Result<(), E> {
    let Some(object) = schema.as_object() else { return Ok(()) };
    visit_one(object, path)?;
    for (keyword, value) in object {
        let at = |name: &str| format!("{path}/{}/{}", escaped(keyword), escaped(name));
        match (holds(keyword), value) {
            (Some(Holds::One), value) => visit(value, &format!("{path}/{}", escaped(keyword)), visit_one)?,
            (Some(Holds::List), Value::Array(list)) => {
                for (index, inner) in list.iter().enumerate() {
                    visit(inner, &at(&index.to_string()), visit_one)?;
                }
            }
            (Some(Holds::Map), Value::Object(map)) => {
                for (name, inner) in map {
                    visit(inner, &at(name), visit_one)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Likewise, to change them.
pub(super) fn visit_mut<E>(
    schema: &mut Value,
    path: &str,
    visit_one: &mut impl FnMut(&mut serde_json::Map<String, Value>, &str) -> Result<(), E>,
) -> Result<(), E> {
    let Some(object) = schema.as_object_mut() else { return Ok(()) };
    visit_one(object, path)?;
    for (keyword, value) in object.iter_mut() {
        let at = |name: &str| format!("{path}/{}/{}", escaped(keyword), escaped(name));
        match (holds(keyword), value) {
            (Some(Holds::One), value) => {
                visit_mut(value, &format!("{path}/{}", escaped(keyword)), visit_one)?;
            }
            (Some(Holds::List), Value::Array(list)) => {
                for (index, inner) in list.iter_mut().enumerate() {
                    visit_mut(inner, &at(&index.to_string()), visit_one)?;
                }
            }
            (Some(Holds::Map), Value::Object(map)) => {
                for (name, inner) in map.iter_mut() {
                    visit_mut(inner, &at(name), visit_one)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What a reference within the document leads to.
pub(super) fn resolve<'v>(document: &'v Value, reference: &str) -> Option<&'v Value> {
    let pointer = reference.strip_prefix('#')?;
    document.pointer(pointer).filter(|target| target.is_object() || target.is_boolean())
}

/// A name as a part of a JSON pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
