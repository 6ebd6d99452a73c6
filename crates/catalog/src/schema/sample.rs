//! Data that is valid: from the examples, or made from the schema; for the same choice always the same.

use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::{Map, Number, Value};

use super::Schema;
use super::walk::resolve;

/// How often making valid data is tried.
const TRIES: u64 = 24;
/// How many values a sample has at most.
const VALUES_MAX: usize = 5_000;

/// Why there is no sample.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// Nothing that was made was valid.
    #[error("no valid data could be made from the schema; give it an example")]
    NoneFound,
}

pub(super) fn sample(schema: &Schema, which: u64) -> Result<String, SampleError> {
    let count = schema.examples().len().max(1) as u64;
    match usize::try_from(which % count).ok().and_then(|place| schema.examples().nth(place)) {
        Some(example) => Ok(example.to_string()),
        None => generated(schema, which),
    }
}

pub(super) fn generated(schema: &Schema, which: u64) -> Result<String, SampleError> {
    for attempt in 0..TRIES {
        let chance = Chance(which.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(attempt));
        let mut maker = Maker { document: &schema.document, chance, values: 0, fill: fill(which, attempt) };
        let value = maker.value(&schema.document);
        if schema.validate_value(&value).is_empty() {
            return Ok(value.to_string());
        }
    }
    Err(SampleError::NoneFound)
}

/// Which optional members are there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fill {
    All,
    Required,
    Some,
}

const fn fill(which: u64, attempt: u64) -> Fill {
    match (which, attempt % 3) {
        (0, 0) | (_, 1) => Fill::All,
        (1, 0) | (_, 2) => Fill::Required,
        _ => Fill::Some,
    }
}

/// Numbers that look like chance and are not: splitmix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is at least 1.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }
}

struct Maker<'v> {
    document: &'v Value,
    chance: Chance,
    values: usize,
    fill: Fill,
}

const WORDS: [&str; 8] = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"];

impl Maker<'_> {
    fn value(&mut self, schema: &Value) -> Value {
        self.values += 1;
        let Some(schema) = schema.as_object().filter(|_| self.values < VALUES_MAX) else {
            return Value::Null;
        };
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = resolve(self.document, reference).cloned().unwrap_or_default();
            return self.value(&target);
        }
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        for choices in ["enum", "examples", "oneOf", "anyOf"] {
            let Some(list) = schema.get(choices).and_then(Value::as_array).filter(|list| !list.is_empty())
            else {
                continue;
            };
            if choices == "examples"
                && (std::ptr::eq(schema, self.document.as_object().unwrap_or(schema))
                    || self.chance.below(2) == 0)
            {
                continue; // Of the whole they are what there is without making anything; of parts they are welcome.
            }
            let chosen = &list[self.chance.place(list.len())];
            return if choices.ends_with("Of") { self.alternative(schema, chosen) } else { chosen.clone() };
        }
        self.typed(schema)
    }

    fn alternative(&mut self, schema: &Map<String, Value>, chosen: &Value) -> Value {
        let mut rest = schema.clone();
        rest.remove("oneOf");
        rest.remove("anyOf");
        let (base, other) = (self.typed(&rest), self.value(chosen));
        merged(base, other)
    }

    fn typed(&mut self, schema: &Map<String, Value>) -> Value {
        let kind = match schema.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            Some(Value::Array(kinds)) if !kinds.is_empty() => {
                kinds[self.chance.place(kinds.len())].as_str().unwrap_or("null")
            }
            _ if schema.contains_key("properties") || schema.contains_key("required") => "object",
            _ if schema.contains_key("items") => "array",
            _ if schema.contains_key("allOf") => "any",
            _ => "string",
        };
        let made = match kind {
            "object" => self.object(schema),
            "array" => self.list(schema),
            "string" => Value::String(self.text(schema)),
            "integer" => self.integer(schema),
            "number" => self.number(schema),
            "boolean" => Value::Bool(self.chance.below(2) == 0),
            _ => Value::Null,
        };
        let all = schema.get("allOf").and_then(Value::as_array).cloned().unwrap_or_default();
        all.iter().fold(made, |made, part| {
            let part = self.value(part);
            merged(made, part)
        })
    }

    fn object(&mut self, schema: &Map<String, Value>) -> Value {
        let required: Vec<_> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut object = Map::new();
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let wanted = match self.fill {
                Fill::All => true,
                Fill::Required => false,
                Fill::Some => self.chance.below(2) == 0,
            };
            if wanted || required.contains(&name.as_str()) {
                object.insert(name.clone(), self.value(property));
            }
        }
        let others = schema.get("additionalProperties").cloned().unwrap_or(Value::Bool(true));
        for name in required {
            if !object.contains_key(name) {
                object.insert(name.to_owned(), self.value(&others));
            }
        }
        let least = size(schema, "minProperties").unwrap_or(0);
        for word in WORDS.iter().cycle().take(64) {
            if object.len() >= least {
                break;
            }
            let name = if object.contains_key(*word) {
                format!("{word}_{}", object.len())
            } else {
                (*word).to_owned()
            };
            object.insert(name, self.value(&others));
        }
        Value::Object(object)
    }

    fn list(&mut self, schema: &Map<String, Value>) -> Value {
        let least = size(schema, "minItems").unwrap_or(0).min(64);
        let most = size(schema, "maxItems").unwrap_or(least + 2).min(least + 2).max(least);
        let length = match self.fill {
            Fill::All => most,
            Fill::Required => least,
            Fill::Some => least + self.chance.place(most - least + 1),
        };
        let first = schema.get("prefixItems").and_then(Value::as_array).cloned().unwrap_or_default();
        let items = schema.get("items").cloned().unwrap_or(Value::Bool(true));
        let mut list: Vec<Value> = Vec::with_capacity(length);
        for place in 0..length {
            let mut element = self.value(first.get(place).unwrap_or(&items));
            for _ in 0..8 {
                if !list.contains(&element) {
                    break;
                }
                element = self.value(first.get(place).unwrap_or(&items));
            }
            list.push(element);
        }
        Value::Array(list)
    }

    fn integer(&mut self, schema: &Map<String, Value>) -> Value {
        let step = schema.get("multipleOf").and_then(Value::as_i64).unwrap_or(1).max(1);
        let bound = |keyword, exclusive, shift: i64| {
            let bound = |name| schema.get(name).and_then(Value::as_f64).map(rounded);
            bound(keyword).or_else(|| bound(exclusive).map(|bound| bound.saturating_add(shift)))
        };
        let least = bound("minimum", "exclusiveMinimum", 1);
        let most = bound("maximum", "exclusiveMaximum", -1);
        let (least, most) = match (least, most) {
            (Some(least), Some(most)) => (least, most.max(least)),
            (Some(least), None) => (least, least.saturating_add(10_000)),
            (None, Some(most)) => (most.saturating_sub(10_000), most),
            (None, None) => (0, 10_000),
        };
        let range = least.abs_diff(most).saturating_add(1);
        let drawn = least.saturating_add_unsigned(self.chance.below(range));
        // Up to the next multiple, which may lie beyond; then down again.
        let up = drawn.saturating_add((step - drawn.rem_euclid(step)) % step);
        Value::from(if up > most { up.saturating_sub(step) } else { up })
    }

    fn number(&mut self, schema: &Map<String, Value>) -> Value {
        if schema.contains_key("multipleOf") {
            return self.integer(schema);
        }
        let bound = |keyword, exclusive| {
            let bound = |name| schema.get(name).and_then(Value::as_f64);
            bound(keyword).or_else(|| bound(exclusive))
        };
        let (least, most) = (bound("minimum", "exclusiveMinimum"), bound("maximum", "exclusiveMaximum"));
        let (least, most) = match (least, most) {
            (Some(least), Some(most)) => (least, most),
            (Some(least), None) => (least, least + 1_000.0),
            (None, Some(most)) => (most - 1_000.0, most),
            (None, None) => (0.0, 1_000.0),
        };
        // A thousandth at a time, and neither end: numbers that people would write.
        let part = f64::from(u32::try_from(1 + self.chance.below(998)).unwrap_or(1)) / 1_000.0;
        let drawn = least + (most - least) * part;
        let short = (drawn * 10_000.0).round() / 10_000.0;
        let drawn = if short > least && short < most { short } else { drawn };
        Number::from_f64(drawn).map_or(Value::Null, Value::Number)
    }

    fn text(&mut self, schema: &Map<String, Value>) -> String {
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            return self.matching(pattern);
        }
        let n = self.chance.below(90) + 10;
        let word = WORDS[self.chance.place(WORDS.len())];
        match schema.get("format").and_then(Value::as_str) {
            Some("date-time") => {
                return format!("2026-09-{:02}T14:{:02}:{:02}.250Z", n % 28 + 1, n % 60, n / 2);
            }
            Some("date") => return format!("2026-09-{:02}", n % 28 + 1),
            Some("time") => return format!("14:{:02}:00Z", n % 60),
            Some("duration") => return format!("PT{n}M"),
            Some("uuid") => return format!("018f2c1a-7b3e-7c4d-9a5f-0000000000{n}"),
            Some("email") => return format!("{word}@example.com"),
            Some("uri" | "uri-reference" | "iri") => return format!("https://example.com/{word}/{n}"),
            Some("hostname") => return format!("{word}.example.com"),
            Some("ipv4") => return format!("192.0.2.{n}"),
            Some("ipv6") => return format!("2001:db8::{n}"),
            _ => {}
        }
        let least = size(schema, "minLength").unwrap_or(1).min(4_096);
        let most = size(schema, "maxLength").unwrap_or(usize::MAX);
        let mut text = word.to_owned();
        while text.len() < least {
            text.push('-');
            text.push_str(WORDS[self.chance.place(WORDS.len())]);
        }
        text.chars().take(most).collect()
    }

    fn matching(&mut self, pattern: &str) -> String {
        let mut text = String::new();
        if let Ok(hir) = regex_syntax::parse(pattern) {
            self.write(&hir, &mut text);
        }
        text
    }

    fn write(&mut self, hir: &Hir, out: &mut String) {
        if out.len() > 4_096 {
            return;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
            HirKind::Class(Class::Unicode(class)) => {
                let ranges = class.ranges();
                if !ranges.is_empty() {
                    let range = &ranges[self.chance.place(ranges.len().min(4))];
                    let width = u64::from(u32::from(range.end()) - u32::from(range.start())) + 1;
                    let offset = u32::try_from(self.chance.below(width)).unwrap_or(0);
                    out.push(char::from_u32(u32::from(range.start()) + offset).unwrap_or(range.start()));
                }
            }
            HirKind::Class(Class::Bytes(class)) => {
                out.extend(class.ranges().first().map(|range| char::from(range.start())));
            }
            HirKind::Repetition(repetition) => {
                let most = repetition
                    .max
                    .unwrap_or(repetition.min.saturating_add(3))
                    .min(repetition.min.saturating_add(3));
                let times =
                    u64::from(repetition.min) + self.chance.below(u64::from(most - repetition.min) + 1);
                for _ in 0..times.min(256) {
                    self.write(&repetition.sub, out);
                }
            }
            HirKind::Capture(capture) => self.write(&capture.sub, out),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.write(part, out)),
            HirKind::Alternation(parts) => {
                let place = self.chance.place(parts.len());
                self.write(&parts[place], out);
            }
        }
    }
}

fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            one.extend(other);
            Value::Object(one)
        }
        (_, other) => other,
    }
}

fn size(schema: &Map<String, Value>, keyword: &str) -> Option<usize> {
    schema.get(keyword).and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "casts of floats saturate, and bounds beyond i64 are no bounds"
)]
fn rounded(bound: f64) -> i64 {
    bound.ceil() as i64
}
