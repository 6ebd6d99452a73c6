//! What each operator makes of each kind of value, and what paths lead to.

use super::ask::{accepts, accepts_event, condition, event};
use crate::limits;

/// Asks `{"path": "data.x", operator: operand}` about data with that `x`.
fn holds(operator: &str, operand: &str, x: &str) -> bool {
    accepts(&condition("data.x", operator, operand), &format!(r#"{{"x":{x}}}"#))
}

#[track_caller]
fn table(operator: &str, rows: &[(&str, &[&str], &[&str])]) {
    for (operand, matching, others) in rows {
        for x in *matching {
            assert!(holds(operator, operand, x), "{x} {operator} {operand} should match");
        }
        for x in *others {
            assert!(!holds(operator, operand, x), "{x} {operator} {operand} should not match");
        }
        let missing = accepts(&condition("data.x", operator, operand), "{}");
        assert_eq!(missing, operator == "exists" && *operand == "false", "{operator} {operand} on nothing");
    }
}

#[test]
fn equals_is_the_same_value_of_the_same_type() {
    table(
        "equals",
        &[
            (
                r#""a""#,
                &[r#""a""#, r#""\u0061""#],
                &[r#""A""#, r#""""#, r#""ab""#, "1", "null", "true", r#"["a"]"#, "{}"],
            ),
            ("1.1", &["1.1", "1.10", "11e-1", "0.11E+1"], &["1.11", "1", r#""1.1""#, "null", "[1.1]"]),
            ("0", &["0", "-0", "0.0", "0e9"], &["1", "false", "null", r#""""#]),
            (
                "12345678901234567890.123456789",
                &["12345678901234567890.123456789", "12345678901234567890123456789e-9"],
                &["12345678901234567890.123456788", "12345678901234567890"],
            ),
            ("1e999", &["1e999", "10e998"], &["1e998", "1e1000", "-1e999"]),
            ("true", &["true"], &["false", "1", r#""true""#, "null"]),
            ("false", &["false"], &["true", "0", r#""""#, "null"]),
            ("null", &["null"], &["false", "0", r#""""#, r#""null""#, "[]", "{}"]),
        ],
    );
}

#[test]
fn not_equals_differs_within_the_same_type_and_null_differs_from_everything() {
    table(
        "not_equals",
        &[
            (
                r#""a""#,
                &[r#""b""#, r#""""#, r#""A""#],
                &[r#""a""#, r#""\u0061""#, "1", "null", "true", "[]", "{}"],
            ),
            ("1.1", &["1.2", "-1.1", "1e999"], &["1.10", r#""2""#, "null", "[1.2]"]),
            ("true", &["false"], &["true", "0", "null"]),
            ("null", &["0", "false", r#""""#, "[]", "{}"], &["null"]),
        ],
    );
}

#[test]
fn in_is_one_of_the_list() {
    table(
        "in",
        &[
            (
                r#"["b","a","c",1.50,null]"#,
                &[r#""a""#, r#""b""#, r#""c""#, r#""\u0063""#, "1.5", "null"],
                &[r#""d""#, r#""""#, "1", "true", "[]", r#"["a"]"#],
            ),
            ("[true]", &["true"], &["false", "1"]),
        ],
    );
}

#[test]
fn not_in_is_none_of_the_list_for_a_type_in_the_list() {
    table(
        "not_in",
        &[
            (
                r#"["a","b"]"#,
                &[r#""c""#, r#""""#],
                &[r#""a""#, r#""b""#, r#""\u0062""#, "1", "null", "[]", "{}"],
            ),
            (r#"["a",1]"#, &[r#""c""#, "2"], &[r#""a""#, "1.0", "null", "true"]),
            (r#"["a",null]"#, &[r#""c""#, "2", "true", "[]", "{}"], &[r#""a""#, "null"]),
        ],
    );
}

#[test]
fn contains_is_a_part_of_a_string_or_an_element_of_an_array() {
    table(
        "contains",
        &[
            (
                r#""b c""#,
                &[r#""ab cd""#, r#""b c""#, r#""b\u0020c""#, r#"["b c"]"#, r#"["x",1,"b c"]"#],
                &[r#""bc""#, r#"["ab cd"]"#, r#"{"b c":1}"#, "1", "null", "[]", r#"[["b c"]]"#],
            ),
            ("1.5", &["[1.50]", "[0,15e-1]"], &[r#""1.5""#, "1.5", r#"["1.5"]"#, "[1]"]),
            ("null", &["[null]", "[1,null]"], &["null", "[]", r#""null""#]),
            ("true", &["[true]"], &["true", r#"["true"]"#]),
            (r#""""#, &[r#""""#, r#""a""#, r#"[""]"#], &["[]", r#"["a"]"#]),
        ],
    );
}

#[test]
fn matches_finds_a_regular_expression_in_a_string() {
    table(
        "matches",
        &[
            (
                r#""^v[0-9]+$""#,
                &[r#""v1""#, r#""v\u0031\u0032""#],
                &[r#""v""#, r#""xv1""#, r#""v1\n""#, "1", "null", r#"["v1"]"#],
            ),
            (r#""(?i)ERROR""#, &[r#""an error""#, r#""ErRoR""#], &[r#""err""#]),
            (
                r#""^.$""#,
                &[r#""\ud83d\ude00""#, r#""😀""#, r#""\u2028""#, r#""\u0000""#],
                &[r#""""#, r#""\n""#],
            ),
        ],
    );
}

#[test]
fn exists_is_about_presence_alone() {
    let present = &["null", "0", "false", r#""""#, "[]", "{}"];
    table("exists", &[("true", present, &[]), ("false", &[], present)]);
}

#[test]
fn order_is_among_numbers_among_strings_and_among_instants() {
    table(
        "gt",
        &[
            (
                "250",
                &["250.0000000000000000001", "251", "1e999"],
                &["250", "250.0", "-1e999", r#""300""#, "null", "[300]"],
            ),
            ("-0", &["1e-999"], &["0", "-0.0", "-1"]),
            (r#""b""#, &[r#""c""#, r#""ba""#, r#""é""#], &[r#""b""#, r#""a""#, r#""B""#, "1", "null"]),
            (
                r#""2026-01-01T00:00:00Z""#,
                &[r#""2026-01-01T00:00:00.5Z""#, r#""2026-01-01T00:00:00-00:01""#],
                &[
                    r#""2026-01-01T00:30:00+01:00""#,
                    r#""2026-01-01T00:00:00.000Z""#,
                    r#""2027""#,
                    r#""zzz""#,
                    "5",
                ],
            ),
        ],
    );
    table(
        "gte",
        &[
            ("250", &["250", "2.5e2", "251"], &["249.9999", r#""250""#]),
            (r#""b""#, &[r#""b""#, r#""\u0062""#], &[r#""a""#]),
            (
                r#""2026-01-01T00:00:00Z""#,
                &[r#""2026-01-01T02:00:00+02:00""#],
                &[r#""2025-12-31T23:59:59.9Z""#],
            ),
        ],
    );
    table(
        "lt",
        &[
            ("0.3", &["0.29999999999999999999", "-5"], &["0.3", "0.30", r#""0.1""#]),
            (r#""b""#, &[r#""a""#, r#""""#], &[r#""b""#]),
        ],
    );
    table(
        "lte",
        &[
            ("0.3", &["0.3", "0.30", "-5"], &["0.30000000000000000001"]),
            (r#""b""#, &[r#""b""#], &[r#""ba""#]),
        ],
    );
}

#[test]
fn not_matches_whatever_its_clause_does_not() {
    let not = |clause: String| format!(r#"{{"not":{clause}}}"#);
    assert!(accepts(&not(condition("data.x", "equals", "1")), "{}"));
    assert!(accepts(&not(condition("data.x", "equals", "1")), r#"{"x":"1"}"#));
    assert!(!accepts(&not(condition("data.x", "equals", "1")), r#"{"x":1}"#));
    assert!(accepts(&not(not(condition("data.x", "equals", "1"))), r#"{"x":1}"#));
}

#[test]
fn clauses_join_and_nest() {
    let filter = r#"{"or":[{"and":[{"path":"data.a","gt":1},{"path":"data.b","exists":true}]},{"not":{"path":"data.c","equals":true}}]}"#;
    assert!(accepts(filter, r#"{"a":2,"b":null,"c":true}"#));
    assert!(accepts(filter, "{}"));
    assert!(!accepts(filter, r#"{"a":2,"c":true}"#));
    assert!(!accepts(filter, r#"{"a":1,"b":1,"c":true}"#));
}

#[test]
fn every_root_can_be_asked() {
    let mut event = event(r#"{"id":7}"#);
    event.event_type = "benchmark.completed";
    event.version = 3;
    event.source = "https://bench.example/\"quoted\"";
    event.metadata = r#"{"labels":{"team":"a"}}"#;
    for filter in [
        r#"{"path":"type","matches":"^benchmark\\."}"#,
        r#"{"path":"$.version","gte":3}"#,
        r#"{"path":"version","equals":3.0}"#,
        r#"{"path":"source","contains":"\"quoted\""}"#,
        r#"{"path":"data.id","equals":7}"#,
        r#"{"path":"metadata.labels.team","in":["a"]}"#,
        r#"{"path":"data","exists":true}"#,
        r#"{"path":"data","not_equals":null}"#,
    ] {
        assert!(accepts_event(filter, event), "{filter}");
    }
    event.metadata = "";
    assert!(accepts_event(r#"{"path":"metadata","exists":false}"#, event));
    assert!(accepts_event(r#"{"path":"metadata.labels","exists":false}"#, event));
}

#[test]
fn data_may_be_any_value() {
    for (data, filter) in [
        ("7", r#"{"path":"data","equals":7}"#),
        (" \"a\" ", r#"{"path":"data","equals":"a"}"#),
        ("[1,2]", r#"{"path":"data[1]","equals":2}"#),
        ("null", r#"{"path":"data","equals":null}"#),
    ] {
        assert!(accepts(filter, data), "{data} {filter}");
    }
}

#[test]
fn paths_go_into_objects_by_name_and_into_arrays_by_position() {
    let data = r#"{"a":{"b":[{"c":1},{"c":2}]},"p 99":3,"":4,"a.b":5,"0":6,"größe":7,"it's":8}"#;
    for (path, value) in [
        ("data.a.b[0].c", "1"),
        ("data.a.b[1].c", "2"),
        (r#"data[\"p 99\"]"#, "3"),
        ("data['p 99']", "3"),
        ("data['']", "4"),
        ("data['a.b']", "5"),
        ("data.0", "6"),
        ("data.größe", "7"),
        (r"data['it\\'s']", "8"),
    ] {
        assert!(accepts(&format!(r#"{{"path":"{path}","equals":{value}}}"#), data), "{path}");
    }
    for path in
        ["data.a.b.c", "data.a[0]", "data.a.b[2]", "data[0]", "data.a.b[0].c.d", "data.A", "data.a.b[0][0]"]
    {
        assert!(accepts(&condition(path, "exists", "false"), data), "{path}");
    }
}

#[test]
fn a_star_stands_for_any_element() {
    let data = r#"{"runs":[{"s":"ok","t":[1,2]},{"s":"bad","t":[3]},{"t":5}],"none":[],"object":{"s":"ok"}}"#;
    assert!(accepts(&condition("data.runs[*].s", "equals", r#""bad""#), data));
    assert!(!accepts(&condition("data.runs[*].s", "equals", r#""worse""#), data));
    assert!(accepts(&condition("data.runs[*].t[*]", "equals", "3"), data));
    assert!(!accepts(&condition("data.runs[*].t[*]", "equals", "5"), data));
    assert!(accepts(&condition("data.runs[*].s", "not_equals", r#""bad""#), data), "some element differs");
    assert!(accepts(&condition("data.none[*]", "exists", "false"), data));
    assert!(accepts(&condition("data.object[*]", "exists", "false"), data));
    assert!(accepts(&condition("data.runs[*].s", "exists", "true"), data));
}

#[test]
fn a_star_enters_no_more_elements_than_its_bound() {
    let filter = condition("data[*]", "equals", "1");
    let last_of = |count: usize| format!("[{}1]", "0,".repeat(count - 1));
    assert!(accepts(&filter, &last_of(limits::ELEMENTS_MAX)));
    assert!(!accepts(&filter, &last_of(limits::ELEMENTS_MAX + 1)));
    let nested = |count: usize| format!("[{}[1]]", "[],".repeat(count - 1));
    let filter = condition("data[*][*]", "equals", "1");
    assert!(accepts(&filter, &nested(limits::ELEMENTS_MAX - 1)));
    assert!(!accepts(&filter, &nested(limits::ELEMENTS_MAX)));
}

#[test]
fn a_regular_expression_is_tried_on_no_more_bytes_than_its_bound() {
    let filter = condition("data[*]", "matches", r#""b$""#);
    let half = "a".repeat(limits::MATCHED_BYTES_MAX / 2);
    assert!(accepts(&filter, &format!(r#"["{half}","{}b"]"#, &half[1..])));
    assert!(!accepts(&filter, &format!(r#"["{half}","{half}b"]"#)));
    // One that is too long leaves the others their share.
    assert!(accepts(&filter, &format!(r#"["{half}","{half}b","b"]"#)));
    assert!(accepts(&condition("data", "matches", r#""^a*$""#), &format!("\"{half}{half}\"")));
    assert!(!accepts(&condition("data", "matches", r#""^a*$""#), &format!("\"{half}{half}a\"")));
}

#[test]
fn the_last_of_repeated_members_counts() {
    assert!(accepts(&condition("data.x", "equals", "2"), r#"{"x":1,"x":2}"#));
    assert!(!accepts(&condition("data.x", "equals", "1"), r#"{"x":1,"\u0078":2}"#));
    assert!(accepts(&condition("data.x.y", "exists", "false"), r#"{"x":{"y":1},"x":{}}"#));
}

#[test]
fn odd_characters_are_compared_as_what_they_are() {
    for (operand, x) in [
        (r#""\u2028""#, "\"\u{2028}\""),
        ("\"\u{2028}\"", r#""\u2028""#),
        (r#""\ud83d\ude00""#, "\"😀\""),
        ("\"😀\"", r#""\uD83D\uDE00""#),
        (r#""\u0000""#, r#""\u0000""#),
        (r#""a\/b\\""#, r#""a/b\u005c""#),
        ("\"\u{fffd}\"", r#""\ud800""#),
    ] {
        assert!(holds("equals", operand, x), "{operand} {x}");
        assert!(holds("in", &format!("[{operand}]"), x), "{operand} {x}");
        assert!(holds("contains", operand, x), "{operand} {x}");
    }
    // Text that looks like an escape is not one.
    assert!(!holds("equals", r#""\\u0041""#, r#""A""#));
    assert!(holds("equals", r#""\\u0041""#, r#""\\u0041""#));
    // Composed and decomposed letters are different strings.
    assert!(!holds("equals", "\"\u{e9}\"", "\"e\u{301}\""));
}

#[test]
fn data_that_is_not_json_is_missing() {
    for data in ["", "{", r#"{"x":1"#, "{x:1}", r#"{"x":1}}"#, "\u{feff}{}"] {
        assert!(accepts(r#"{"path":"data","exists":false}"#, data), "{data:?}");
        assert!(!accepts(&condition("data.x", "equals", "1"), data), "{data:?}");
    }
}
