//! The answers to "why did this not arrive?".

use serde_json::json;

use super::ask::{condition, event};
use crate::{ExplainedClause, Explanation, Filter, ParsedEvent, limits};

fn explain(filter: &str, data: &str) -> Explanation {
    Filter::parse(filter).unwrap().explain(&ParsedEvent::new(event(data)))
}

#[track_caller]
fn says(operator: &str, operand: &str, data: &str, sentence: &str) {
    assert_eq!(explain(&condition("data.x", operator, operand), data).sentence, sentence);
}

#[test]
fn a_condition_says_what_it_found() {
    says("equals", r#""b""#, r#"{"x":"a"}"#, r#"data.x is "a", not "b""#);
    says("equals", r#""a""#, r#"{"x":"a"}"#, r#"data.x is "a""#);
    says("equals", r#""a""#, "{}", "data.x is missing");
    says("equals", r#""5""#, r#"{"x":5}"#, "data.x is 5 (a number); equals here compares with a string");
    says("not_equals", r#""a""#, r#"{"x":null}"#, "data.x is null; not_equals here compares with a string");
    says("not_equals", r#""a""#, r#"{"x":"a"}"#, r#"data.x is "a""#);
    says("not_equals", r#""a""#, r#"{"x":"b"}"#, r#"data.x is "b", not "a""#);
    says("in", r#"["a",1]"#, r#"{"x":"c"}"#, r#"data.x is "c", none of ["a",1]"#);
    says("in", r#"["a",1]"#, r#"{"x":1.0}"#, r#"data.x is 1.0, one of ["a",1]"#);
    says(
        "in",
        "[1]",
        r#"{"x":"c"}"#,
        r#"data.x is "c" (a string); in here compares with values of other types"#,
    );
    says("not_in", r#"["a"]"#, r#"{"x":"a"}"#, r#"data.x is "a", one of ["a"]"#);
    says("contains", r#""b""#, r#"{"x":"abc"}"#, r#"data.x is "abc", which contains "b""#);
    says("contains", r#""b""#, r#"{"x":["a"]}"#, r#"data.x is ["a"], which does not contain "b""#);
    says(
        "contains",
        r#""b""#,
        r#"{"x":{"b":1}}"#,
        r#"data.x is {"b":1} (an object); contains here compares with a string or an array"#,
    );
    says("matches", r#""^a""#, r#"{"x":"ba"}"#, r#"data.x is "ba", in which this is not found: "^a""#);
    says("exists", "true", r#"{"x":null}"#, "data.x is there: null");
    says("exists", "false", r#"{"x":1}"#, "data.x is there: 1");
    says("exists", "false", "{}", "data.x is missing");
    says("gt", "5", r#"{"x":4.9}"#, "data.x is 4.9, which is not greater than 5");
    says("lte", "5", r#"{"x":5.0}"#, "data.x is 5.0, which is less than or equal to 5");
    says(
        "gt",
        r#""2026-01-01T00:00:00Z""#,
        r#"{"x":"tomorrow"}"#,
        r#"data.x is "tomorrow" (a string); gt here compares with a date and time (RFC 3339)"#,
    );
}

#[test]
fn a_condition_over_many_values_shows_the_first_ones_or_the_one_that_did_it() {
    let filter = condition("data.x[*]", "equals", "9");
    let explanation = explain(&filter, r#"{"x":[1,2,3,4]}"#);
    assert_eq!(explanation.sentence, "none of the 4 values of data.x[*] satisfies equals 9: 1, 2, 3, …");
    let ExplainedClause::Condition { found, found_count, .. } = explanation.clause else {
        panic!("a condition")
    };
    assert_eq!((found.len(), found_count), (limits::SHOWN_VALUES_MAX, 4));

    let explanation = explain(&filter, r#"{"x":[1,9,3]}"#);
    assert_eq!(explanation.sentence, "data.x[*] is 9");
    assert_eq!(explain(&filter, r#"{"x":[1]}"#).sentence, "data.x[*] is 1, not 9");
    assert_eq!(explain(&filter, r#"{"x":[]}"#).sentence, "data.x[*] is missing");
}

#[test]
fn a_tree_explains_each_clause_and_names_its_place() {
    let filter = r#"{"and":[{"path":"data.a","equals":1},{"or":[{"path":"data.b","gt":5},{"not":{"path":"data.a","lt":3}}]}]}"#;
    let explanation = explain(filter, r#"{"a":1,"b":"x"}"#);
    assert_eq!(
        serde_json::to_value(&explanation).unwrap(),
        json!({
            "matched": false, "pointer": "", "kind": "and",
            "sentence": "1 of 2 do not match, and all must",
            "clauses": [
                {
                    "matched": true, "pointer": "/and/0", "kind": "condition", "sentence": "data.a is 1",
                    "path": "data.a", "operator": "equals", "operand": "1", "found": ["1"], "found_count": 1
                },
                {
                    "matched": false, "pointer": "/and/1", "kind": "or", "sentence": "none of 2 matches, and one must",
                    "clauses": [
                        {
                            "matched": false, "pointer": "/and/1/or/0", "kind": "condition",
                            "sentence": "data.b is \"x\" (a string); gt here compares with a number",
                            "path": "data.b", "operator": "gt", "operand": "5", "found": ["\"x\""], "found_count": 1
                        },
                        {
                            "matched": false, "pointer": "/and/1/or/1", "kind": "not", "sentence": "matches, and must not",
                            "clause": {
                                "matched": true, "pointer": "/and/1/or/1/not", "kind": "condition",
                                "sentence": "data.a is 1, which is less than 3",
                                "path": "data.a", "operator": "lt", "operand": "3", "found": ["1"], "found_count": 1
                            }
                        }
                    ]
                }
            ]
        })
    );
    assert_eq!(
        explanation.reasons(),
        ["data.b is \"x\" (a string); gt here compares with a number", "data.a is 1, which is less than 3"]
    );
    let text = serde_json::to_string(&explanation).unwrap();
    assert_eq!(serde_json::from_str::<Explanation>(&text).unwrap(), explanation);
}

#[test]
fn long_values_and_operands_are_shortened_between_characters() {
    let data = format!(r#"{{"x":"{}"}}"#, "é".repeat(10_000));
    let operand = format!("\"{}\"", "ü".repeat(400));
    let explanation = explain(&condition("data.x", "equals", &operand), &data);
    assert!(explanation.sentence.len() < 2 * limits::SHOWN_BYTES_MAX + 100);
    let ExplainedClause::Condition { found, operand, .. } = explanation.clause else { panic!("a condition") };
    assert!(found[0].ends_with("é…\"") && found[0].len() <= limits::SHOWN_BYTES_MAX + 2);
    assert!(operand.ends_with("ü…") && operand.len() <= limits::SHOWN_BYTES_MAX);
}

#[test]
fn a_string_too_long_for_a_regular_expression_is_named_as_such() {
    let data = format!(r#"{{"x":"{}"}}"#, "a".repeat(limits::MATCHED_BYTES_MAX + 1));
    let sentence = explain(&condition("data.x", "matches", r#""a""#), &data).sentence;
    assert!(sentence.ends_with("(a string); matches here compares with shorter strings"), "{sentence}");
}
