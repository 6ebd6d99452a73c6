//! How large and how costly a schema may be, judged before anything is compiled.

use std::collections::HashMap;

use regex::RegexBuilder;
use serde_json::{Map, Value};

use super::walk::{resolve, visit};
use super::{SchemaError, limits};

/// Reads the text of a schema: an object, not too large, not too deep.
pub(super) fn read(text: &str) -> Result<Value, SchemaError> {
    if text.len() > limits::SCHEMA_BYTES {
        return Err(SchemaError::TooLarge { found: text.len() });
    }
    let document: Value = serde_json::from_str(text).map_err(|error| match error.to_string() {
        deep if deep.starts_with("recursion limit") => SchemaError::TooDeep,
        reason => SchemaError::NotAnObject { reason },
    })?;
    if !document.is_object() {
        return Err(SchemaError::NotAnObject { reason: "it is something else".to_owned() });
    }
    if depth(&document) > limits::DEPTH { Err(SchemaError::TooDeep) } else { Ok(document) }
}

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(list) => list.iter().map(depth).max(),
        Value::Object(map) => map.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}

/// Checks a document that stands by itself.
pub(super) fn check(document: &Value) -> Result<(), SchemaError> {
    let mut count = Count::default();
    visit(document, "", &mut |schema, path| count.schema(schema, path))?;
    Expansion { document, known: HashMap::new() }.check()
}

#[derive(Default)]
struct Count {
    subschemas: usize,
    properties: usize,
    definitions: usize,
    patterns: usize,
}

/// Keywords that lead somewhere in ways that are not needed here.
const UNSUPPORTED: [(&str, &str); 5] = [
    ("$dynamicRef", "use \"$ref\""),
    ("$recursiveRef", "use \"$ref\""),
    ("$dynamicAnchor", "use \"$defs\" and \"$ref\""),
    ("$anchor", "use \"$defs\" and \"$ref\""),
    ("$vocabulary", "a schema of data has none"),
];

const DIALECTS: [&str; 2] =
    ["https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2020-12/schema#"];

impl Count {
    fn schema(&mut self, schema: &Map<String, Value>, path: &str) -> Result<(), SchemaError> {
        let size = |keyword| schema.get(keyword).and_then(Value::as_object).map_or(0, Map::len);
        self.subschemas += 1;
        self.properties += size("properties");
        self.definitions += size("$defs") + size("definitions");
        for (found, what, max) in [
            (self.subschemas, "subschemas", limits::SUBSCHEMAS),
            (self.properties, "properties", limits::PROPERTIES),
            (self.definitions, "definitions", limits::DEFINITIONS),
        ] {
            if found > max {
                return Err(SchemaError::TooMany { what, max });
            }
        }
        for (keyword, reason) in UNSUPPORTED {
            if schema.contains_key(keyword) {
                return Err(SchemaError::Unsupported {
                    path: path.to_owned(),
                    keyword: keyword.to_owned(),
                    reason,
                });
            }
        }
        if schema
            .get("$schema")
            .is_some_and(|dialect| !dialect.as_str().is_some_and(|text| DIALECTS.contains(&text)))
        {
            return Err(SchemaError::Unsupported {
                path: path.to_owned(),
                keyword: "$schema".to_owned(),
                reason: "the dialect is https://json-schema.org/draft/2020-12/schema",
            });
        }
        if let Some(Value::String(pattern)) = schema.get("pattern") {
            self.pattern(pattern, &format!("{path}/pattern"))?;
        }
        let named = schema.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
        named
            .map(|(pattern, _)| pattern)
            .try_for_each(|pattern| self.pattern(pattern, &format!("{path}/patternProperties")))
    }

    fn pattern(&mut self, pattern: &str, path: &str) -> Result<(), SchemaError> {
        self.patterns += 1;
        if self.patterns > limits::PATTERNS {
            return Err(SchemaError::TooMany { what: "patterns", max: limits::PATTERNS });
        }
        let refused = |reason: String| Err(SchemaError::Pattern { path: path.to_owned(), reason });
        if pattern.len() > limits::PATTERN_BYTES {
            return refused(format!("has more than {} bytes", limits::PATTERN_BYTES));
        }
        // The engine matches in linear time and has no look-around and no back-references.
        match RegexBuilder::new(pattern).size_limit(limits::PATTERN_SIZE).build() {
            Ok(_) => Ok(()),
            Err(regex::Error::CompiledTooBig(_)) => refused("would take too much memory".to_owned()),
            Err(_) => refused(
                "is not a regular expression, or uses look-around or back-references, which are not supported".to_owned(),
            ),
        }
    }
}

/// How many subschemas there are when each reference is replaced by its target.
struct Expansion<'v> {
    document: &'v Value,
    /// Of targets that were measured; `None` while one is being measured.
    known: HashMap<String, Option<usize>>,
}

impl Expansion<'_> {
    fn check(mut self) -> Result<(), SchemaError> {
        let document = self.document;
        self.size(document, "").map(|_| ())
    }

    fn size(&mut self, schema: &Value, path: &str) -> Result<usize, SchemaError> {
        let mut references = Vec::new();
        let mut size = 0;
        visit(schema, path, &mut |object, at| {
            size += 1;
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                references.push((reference.to_owned(), at.to_owned()));
            }
            Ok(())
        })?;
        for (reference, at) in references {
            size += self.target(&reference, &at)?;
            if size > limits::EXPANDED {
                return Err(SchemaError::TooMany {
                    what: "subschemas when references are followed",
                    max: limits::EXPANDED,
                });
            }
        }
        Ok(size)
    }

    fn target(&mut self, reference: &str, at: &str) -> Result<usize, SchemaError> {
        match self.known.get(reference) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(SchemaError::Recursive { path: at.to_owned() }),
            None => {}
        }
        let dangling = || SchemaError::Dangling { path: at.to_owned(), reference: reference.to_owned() };
        let target = resolve(self.document, reference).ok_or_else(dangling)?;
        self.known.insert(reference.to_owned(), None);
        let size = self.size(target, reference.trim_start_matches('#'))?;
        self.known.insert(reference.to_owned(), Some(size));
        Ok(size)
    }
}
