//! What holds for every filter and every event, whatever their makers had in mind.

use std::fmt::Write;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::ask::{condition, event};
use crate::{Event, Filter, Operator, ParsedEvent};

/// Few names and values, so that filters and events meet.
fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|flag| json!(flag)),
        (-2_i64..3).prop_map(|number| json!(number)),
        proptest::sample::select(vec![
            "",
            "a",
            "b",
            "ab",
            "\"\\",
            "\u{1f600}",
            "\u{2028}",
            "\0",
            "2026-01-01T00:00:00Z"
        ])
        .prop_map(|text| json!(text)),
    ]
}

fn data() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(3, 30, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| json!(items)),
            proptest::collection::btree_map("[abc]|p 99", inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

fn paths() -> impl Strategy<Value = String> {
    let step = prop_oneof![
        4 => "[abc]".prop_map(|name| format!(".{name}")),
        1 => Just("['p 99']".to_owned()),
        2 => (0..3).prop_map(|position| format!("[{position}]")),
        2 => Just("[*]".to_owned()),
    ];
    proptest::collection::vec(step, 0..3).prop_map(|steps| format!("data{}", steps.concat()))
}

fn conditions() -> impl Strategy<Value = Value> {
    let operation = prop_oneof![
        scalars().prop_map(|operand| ("equals", operand)),
        scalars().prop_map(|operand| ("not_equals", operand)),
        scalars().prop_map(|operand| ("contains", operand)),
        proptest::collection::vec(scalars(), 1..4).prop_map(|operands| ("in", json!(operands))),
        proptest::collection::vec(scalars(), 1..4).prop_map(|operands| ("not_in", json!(operands))),
        any::<bool>().prop_map(|operand| ("exists", json!(operand))),
        proptest::sample::select(vec!["a", "^b?$", "[^a]", "", "^.$"])
            .prop_map(|operand| ("matches", json!(operand))),
        (
            proptest::sample::select(vec!["gt", "gte", "lt", "lte"]),
            scalars().prop_filter("an order needs a number or a string", |operand| {
                operand.is_number() || operand.as_str().is_some_and(|text| !text.starts_with("2026"))
            }),
        ),
    ];
    (paths(), operation).prop_map(|(path, (operator, operand))| json!({ "path": path, operator: operand }))
}

fn filters() -> impl Strategy<Value = Value> {
    conditions().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(|clauses| json!({ "and": clauses })),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(|clauses| json!({ "or": clauses })),
            inner.prop_map(|clause| json!({ "not": clause })),
        ]
    })
}

/// The language as its documentation tells it, over another parser's values, with no thought for speed.
mod plainly {
    use serde_json::Value;

    pub(super) fn matches(filter: &Value, data: &Value) -> bool {
        let (key, below) = filter.as_object().unwrap().iter().find(|(key, _)| *key != "path").unwrap();
        match key.as_str() {
            "and" => below.as_array().unwrap().iter().all(|clause| matches(clause, data)),
            "or" => below.as_array().unwrap().iter().any(|clause| matches(clause, data)),
            "not" => !matches(below, data),
            operator => {
                let path = filter["path"].as_str().unwrap().strip_prefix("data").unwrap();
                let found = found(path, data);
                match operator {
                    "exists" => below.as_bool().unwrap() != found.is_empty(),
                    _ => found.into_iter().any(|value| holds(operator, below, value)),
                }
            }
        }
    }

    fn found<'v>(path: &str, value: &'v Value) -> Vec<&'v Value> {
        if path.is_empty() {
            return vec![value];
        }
        let end = path[1..].find(['.', '[']).map_or(path.len(), |end| end + 1);
        let (step, rest) = path.split_at(end);
        let next: Vec<&Value> = match step {
            "[*]" => value.as_array().into_iter().flatten().collect(),
            "['p 99']" => value.get("p 99").into_iter().collect(),
            _ if step.starts_with('.') => {
                value.as_object().and_then(|object| object.get(&step[1..])).into_iter().collect()
            }
            _ => value
                .as_array()
                .and_then(|array| array.get(step[1..2].parse::<usize>().unwrap()))
                .into_iter()
                .collect(),
        };
        next.into_iter().flat_map(|value| found(rest, value)).collect()
    }

    fn holds(operator: &str, operand: &Value, value: &Value) -> bool {
        let same_type = |operand: &Value| std::mem::discriminant(operand) == std::mem::discriminant(value);
        let among = || operand.as_array().unwrap();
        match operator {
            "equals" => value == operand,
            "not_equals" => value != operand && (operand.is_null() || same_type(operand)),
            "in" => among().contains(value),
            "not_in" => {
                !among().contains(value)
                    && among().iter().any(|operand| operand.is_null() || same_type(operand))
            }
            "contains" => match value {
                Value::Array(items) => items.contains(operand),
                Value::String(text) => operand.as_str().is_some_and(|part| text.contains(part)),
                _ => false,
            },
            "matches" => match (operand.as_str().unwrap(), value.as_str()) {
                (_, None) => false,
                ("", Some(_)) => true,
                ("a", Some(text)) => text.contains('a'),
                ("^b?$", Some(text)) => text.is_empty() || text == "b",
                ("[^a]", Some(text)) => text.chars().any(|c| c != 'a'),
                ("^.$", Some(text)) => text.chars().count() == 1,
                other => panic!("no such pattern: {other:?}"),
            },
            _ => {
                let order = match (value, operand) {
                    (Value::Number(value), Value::Number(operand)) => value.as_i64().cmp(&operand.as_i64()),
                    (Value::String(value), Value::String(operand)) => value.cmp(operand),
                    _ => return false,
                };
                match operator {
                    "gt" => order.is_gt(),
                    "gte" => order.is_ge(),
                    "lt" => order.is_lt(),
                    "lte" => order.is_le(),
                    other => panic!("no such operator: {other}"),
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn a_filter_answers_as_its_documentation_says(filter in filters(), data in data(), escape: bool) {
        let text = if escape { escaped(&data.to_string()) } else { data.to_string() };
        let compiled = Filter::parse(&filter.to_string()).unwrap();
        prop_assert_eq!(compiled.matches(&ParsedEvent::new(event(&text))), plainly::matches(&filter, &data));
    }

    #[test]
    fn an_explanation_gives_the_same_answer_with_reasons(filter in filters(), data in data()) {
        let text = data.to_string();
        let event = ParsedEvent::new(event(&text));
        let filter = Filter::parse(&filter.to_string()).unwrap();
        let explanation = filter.explain(&event);
        prop_assert_eq!(explanation.matched, filter.matches(&event));
        prop_assert!(!explanation.reasons().is_empty());
        let again = serde_json::from_str(&serde_json::to_string(&explanation).unwrap()).unwrap();
        prop_assert_eq!(explanation, again);
    }

    #[test]
    fn a_document_reads_as_the_filter_it_came_from(filter in filters()) {
        let filter = Filter::parse(&filter.to_string()).unwrap();
        let again = Filter::parse(filter.document()).unwrap();
        prop_assert_eq!(again.document(), filter.document());
    }

    #[test]
    fn text_of_any_kind_is_a_filter_or_is_refused(text in any::<String>()) {
        let _ = Filter::parse(&text);
    }

    #[test]
    fn a_filter_changed_anywhere_is_a_filter_or_is_refused(
        filter in filters(),
        at in any::<prop::sample::Index>(),
        with in any::<char>(),
        length in 0_usize..4,
    ) {
        if let Ok(filter) = Filter::parse(&spliced(&filter.to_string(), at, with, length)) {
            let again = Filter::parse(filter.document()).unwrap();
            prop_assert_eq!(again, filter);
        }
    }

    #[test]
    fn data_changed_anywhere_still_get_an_answer(
        filter in filters(),
        data in data(),
        at in any::<prop::sample::Index>(),
        with in any::<char>(),
        length in 0_usize..4,
    ) {
        let data = spliced(&data.to_string(), at, with, length);
        let event = ParsedEvent::new(Event { metadata: &data, ..event(&data) });
        let filter = Filter::parse(&filter.to_string()).unwrap();
        prop_assert_eq!(filter.explain(&event).matched, filter.matches(&event));
    }

    #[test]
    fn numbers_as_they_are_written_get_an_answer(
        operator in proptest::sample::select(vec!["equals", "not_equals", "gt", "gte", "lt", "lte"]),
        left in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,25})?",
        right in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,5})?",
    ) {
        let data = format!(r#"{{"n":{left}}}"#);
        let event = ParsedEvent::new(event(&data));
        let ask = |operator: &str| {
            Filter::parse(&condition("data.n", operator, &right)).unwrap().matches(&event)
        };
        let answer = ask(operator);
        let expected = match operator {
            "equals" => ask("gte") && ask("lte"),
            "not_equals" => ask("gt") || ask("lt"),
            "gt" => !ask("lte"),
            "gte" => !ask("lt"),
            "lt" => !ask("gte"),
            _ => !ask("gt"),
        };
        prop_assert_eq!(answer, expected);
    }
}

/// The same JSON with its letters a, b and c as escapes.
fn escaped(json: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    let mut after_backslash = false;
    for c in json.chars() {
        match c {
            'a'..='c' if inside && !after_backslash => write!(text, "\\u{:04x}", u32::from(c)).unwrap(),
            _ => text.push(c),
        }
        inside ^= c == '"' && !after_backslash;
        after_backslash = c == '\\' && !after_backslash;
    }
    text
}

fn spliced(text: &str, at: prop::sample::Index, with: char, length: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = at.index(characters.len());
    let behind = (at + length).min(characters.len());
    characters[..at].iter().chain([&with]).chain(&characters[behind..]).collect()
}

#[test]
fn the_properties_know_every_operator() {
    let known =
        ["equals", "not_equals", "contains", "in", "not_in", "matches", "exists", "gt", "gte", "lt", "lte"];
    assert_eq!(Operator::ALL.map(Operator::as_str), known);
}
