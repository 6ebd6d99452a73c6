//! Whether one schema accepts all that another one accepts, as far as that can be read off them.

use serde_json::{Map, Value};

use super::walk::{escaped, resolve, visit_mut};
use crate::document::Pointer;

/// A rule of the target that data of the source may break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail} (rule \"{rule}\" at \"{path}\")")]
pub struct Broken {
    /// Where in the data: a JSON pointer, with `*` for elements of lists and members without a name of their own.
    pub path: String,
    /// Which rule: a keyword, or `not_comparable`.
    pub rule: &'static str,
    /// What changed, in words.
    pub detail: String,
}

/// Whether `target` accepts whatever `source` accepts, apart from the places `touched` by a mapping. Both are documents
/// that stand by themselves.
///
/// Members that the source does not declare are not judged. What cannot be compared has to be equal.
pub fn accepts_all(source: &Value, target: &Value, touched: &[Vec<String>]) -> Result<(), Broken> {
    Comparison { touched }.schema(&plain(source), &plain(target), &mut Vec::new())
}

/// The document with references replaced by what they refer to, and without what is only for people.
fn plain(document: &Value) -> Value {
    expand(document, document)
}

fn expand(schema: &Value, document: &Value) -> Value {
    let mut schema = schema.clone();
    let never: Result<(), std::convert::Infallible> = visit_mut(&mut schema, "", &mut |object, _| {
        object.retain(|keyword, _| !is_annotation(keyword));
        // Bounded: a document whose references lead back to themselves, or too far, is not compiled.
        let Some(Value::String(reference)) = object.remove("$ref") else { return Ok(()) };
        let target = resolve(document, &reference).map(|target| expand(target, document));
        let Some(Value::Object(target)) = target else { return Ok(()) };
        if object.is_empty() {
            *object = target;
        } else {
            let beside = std::mem::take(object);
            let both = Value::Array(vec![Value::Object(beside), Value::Object(target)]);
            object.insert("allOf".to_owned(), both);
        }
        Ok(())
    });
    let Ok(()) = never;
    schema
}

fn is_annotation(keyword: &str) -> bool {
    const ANNOTATIONS: [&str; 12] = [
        "title",
        "description",
        "examples",
        "default",
        "$comment",
        "deprecated",
        "readOnly",
        "writeOnly",
        "$defs",
        "definitions",
        "$schema",
        "$id",
    ];
    keyword.starts_with("x-") || ANNOTATIONS.contains(&keyword)
}

/// Keywords whose meaning is not looked into: they have to be equal on both sides.
const OPAQUE: [&str; 19] = [
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "patternProperties",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
    "unevaluatedItems",
    "prefixItems",
    "contains",
    "minContains",
    "maxContains",
    "contentEncoding",
    "contentMediaType",
];

struct Comparison<'t> {
    touched: &'t [Vec<String>],
}

type Verdict = Result<(), Broken>;

impl Comparison<'_> {
    fn schema(&self, source: &Value, target: &Value, path: &mut Vec<String>) -> Verdict {
        if source == target || *source == Value::Bool(false) || self.is_touched(path) {
            return Ok(());
        }
        let empty = Map::new();
        let (source, target) = match (source, target) {
            (_, Value::Bool(true)) => return Ok(()),
            (_, Value::Object(target)) if target.is_empty() => return Ok(()),
            (Value::Object(source), Value::Object(target)) => (source, target),
            (_, Value::Object(target)) => (&empty, target),
            _ => return broken(path, "falseSchema", "nothing is accepted any more"),
        };
        for keyword in OPAQUE {
            if target.get(keyword).is_some_and(|rule| source.get(keyword) != Some(rule)) {
                return broken(
                    path,
                    "not_comparable",
                    &format!("\"{keyword}\" changed, which cannot be compared"),
                );
            }
        }
        values(source, target, path)?;
        types(source, target, path)?;
        bounds(source, target, path)?;
        same(source, target, path)?;
        self.object(source, target, path)?;
        self.list(source, target, path)
    }

    fn object(
        &self,
        source: &Map<String, Value>,
        target: &Map<String, Value>,
        path: &mut Vec<String>,
    ) -> Verdict {
        let names = |schema: &Map<String, Value>| -> Vec<String> {
            let list = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let given = names(source);
        for name in names(target).into_iter().filter(|name| !given.contains(name)) {
            self.below(path, &name, |this, path| {
                // A step that puts something below makes the object around it. Examples and made-up data show whether
                // it always does.
                if this.is_filled(path) {
                    return Ok(());
                }
                broken(path, "required", "it is required, and may be absent before")
            })?;
        }
        let properties = |schema: &'_ Map<String, Value>| {
            schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
        };
        let (before, after) = (properties(source), properties(target));
        let additional = target.get("additionalProperties");
        for (name, property) in &before {
            self.below(path, name, |this, path| match (after.get(name), additional) {
                (Some(counterpart), _) => this.schema(property, counterpart, path),
                (None, Some(Value::Bool(false))) => broken(
                    path,
                    "additionalProperties",
                    "it is not declared any more, and no other members are allowed",
                ),
                (None, Some(others)) => this.schema(property, others, path),
                (None, None) => Ok(()),
            })?;
        }
        let Some(others) = additional.filter(|others| **others != Value::Bool(true)) else { return Ok(()) };
        match source.get("additionalProperties") {
            Some(Value::Bool(false)) => Ok(()),
            Some(known) => self.below(path, "*", |this, path| this.schema(known, others, path)),
            None if is_object(source) => broken(
                path,
                "additionalProperties",
                "other members are not allowed any more, or not all of them",
            ),
            None => Ok(()),
        }
    }

    fn list(
        &self,
        source: &Map<String, Value>,
        target: &Map<String, Value>,
        path: &mut Vec<String>,
    ) -> Verdict {
        let Some(items) = target.get("items") else { return Ok(()) };
        let any = Value::Bool(true);
        let given = source.get("items").unwrap_or(&any);
        self.below(path, "*", |this, path| this.schema(given, items, path))
    }

    /// Goes one name deeper, unless a mapping works there.
    fn below(
        &self,
        path: &mut Vec<String>,
        name: &str,
        compare: impl FnOnce(&Self, &mut Vec<String>) -> Verdict,
    ) -> Verdict {
        path.push(name.to_owned());
        let verdict = if self.is_touched(path) { Ok(()) } else { compare(self, path) };
        path.pop();
        verdict
    }

    /// Whether a mapping works at this place or around it.
    /// Whether a mapping works somewhere below.
    fn is_filled(&self, path: &[String]) -> bool {
        self.touched.iter().any(|touched| touched.starts_with(path))
    }

    fn is_touched(&self, path: &[String]) -> bool {
        self.touched.iter().any(|touched| path.starts_with(touched))
    }
}

fn is_object(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_none_or(|kind| {
        *kind == "object" || kind.as_array().is_some_and(|kinds| kinds.contains(&"object".into()))
    })
}

fn allowed(schema: &Map<String, Value>) -> Option<Vec<&Value>> {
    schema
        .get("const")
        .map(|only| vec![only])
        .or_else(|| Some(schema.get("enum")?.as_array()?.iter().collect()))
}

fn values(source: &Map<String, Value>, target: &Map<String, Value>, path: &[String]) -> Verdict {
    let Some(after) = allowed(target) else { return Ok(()) };
    let rule = if target.contains_key("const") { "const" } else { "enum" };
    let Some(before) = allowed(source) else {
        return broken(path, rule, "only certain values are allowed now");
    };
    match before.into_iter().find(|value| !after.contains(value)) {
        Some(value) => broken(path, rule, &format!("the value {value} is not allowed any more")),
        None => Ok(()),
    }
}

fn types(source: &Map<String, Value>, target: &Map<String, Value>, path: &[String]) -> Verdict {
    let Some(after) = target.get("type").map(named) else { return Ok(()) };
    let before = match (source.get("type").map(named), allowed(source)) {
        (Some(before), _) => before,
        (None, Some(values)) => values.into_iter().map(type_of).collect(),
        (None, None) => return broken(path, "type", "it may be of any type before"),
    };
    let fits = |kind: &&str| after.contains(kind) || (**kind == *"integer" && after.contains(&"number"));
    match before.iter().find(|kind| !fits(kind)) {
        Some(kind) => broken(path, "type", &format!("it may be {kind} before, and not any more")),
        None => Ok(()),
    }
}

fn named(kind: &Value) -> Vec<&str> {
    match kind {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn bounds(source: &Map<String, Value>, target: &Map<String, Value>, path: &[String]) -> Verdict {
    // A type that the source does not have needs no bounds.
    let kinds = source.get("type").map(named);
    let concerns =
        |all: &[&str]| kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| all.contains(kind)));
    let number = |schema: &Map<String, Value>, keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    for (keyword, exclusive, sign, kinds) in [
        ("minimum", "exclusiveMinimum", 1.0, &["number", "integer"][..]),
        ("maximum", "exclusiveMaximum", -1.0, &["number", "integer"]),
        ("minLength", "", 1.0, &["string"]),
        ("maxLength", "", -1.0, &["string"]),
        ("minItems", "", 1.0, &["array"]),
        ("maxItems", "", -1.0, &["array"]),
        ("minProperties", "", 1.0, &["object"]),
        ("maxProperties", "", -1.0, &["object"]),
    ] {
        if !concerns(kinds) {
            continue;
        }
        // As (bound, strictness): the greater one is the narrower one.
        let bound = |schema| {
            let inclusive = number(schema, keyword).map(|bound| (bound * sign, 0));
            let strict = number(schema, exclusive).map(|bound| (bound * sign, 1));
            inclusive
                .into_iter()
                .chain(strict)
                .max_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)))
        };
        let Some(after) = bound(target) else { continue };
        let before = bound(source).or_else(|| {
            (keyword.starts_with("min") && after.0 <= 0.0 && exclusive.is_empty()).then_some((0.0, 0))
        });
        if before.is_none_or(|before| before.0 < after.0 || (before.0 <= after.0 && before.1 < after.1)) {
            return broken(path, keyword, "the bound is narrower than before");
        }
    }
    Ok(())
}

fn same(source: &Map<String, Value>, target: &Map<String, Value>, path: &[String]) -> Verdict {
    for keyword in ["pattern", "format", "multipleOf", "uniqueItems"] {
        let rule = target.get(keyword).filter(|rule| **rule != Value::Bool(false));
        if rule.is_some_and(|rule| source.get(keyword) != Some(rule)) {
            return broken(path, keyword, "the rule is new, or another one than before");
        }
    }
    Ok(())
}

fn broken(path: &[String], rule: &'static str, detail: &str) -> Verdict {
    let path = path.iter().fold(String::new(), |path, name| path + "/" + &escaped(name));
    Err(Broken { path, rule, detail: detail.to_owned() })
}

/// A place as a list of names.
pub(crate) fn names(pointer: &Pointer) -> Vec<String> {
    pointer.names().iter().map(ToString::to_string).collect()
}
