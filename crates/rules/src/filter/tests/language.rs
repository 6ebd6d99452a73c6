//! What is a filter and what is not, in which words it is refused, and how it is written.

use serde_json::{Value, json};

use crate::{Filter, FilterProblem, Operator, limits};

#[track_caller]
fn refused(json: &str) -> (String, FilterProblem) {
    let error = Filter::parse(json).expect_err("should be refused");
    (error.pointer, error.problem)
}

#[track_caller]
fn says(json: &str, message: &str) {
    assert_eq!(Filter::parse(json).expect_err("should be refused").to_string(), message, "{json}");
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../../schemas/filter.schema.json")).unwrap()
}

#[test]
fn the_examples_of_the_schema_are_filters() {
    let schema = schema();
    let examples = schema["examples"].as_array().unwrap();
    assert!(examples.len() >= 5);
    for example in examples {
        Filter::parse(&example.to_string()).unwrap_or_else(|error| panic!("{example}: {error}"));
    }
    for operator in Operator::ALL {
        let definition = &schema["$defs"][operator.as_str()];
        for example in
            definition["examples"].as_array().unwrap_or_else(|| panic!("{operator} has no examples"))
        {
            Filter::parse(&example.to_string()).unwrap_or_else(|error| panic!("{example}: {error}"));
        }
    }
}

#[test]
fn the_schema_names_the_operators_and_bounds_of_the_code() {
    let schema = schema();
    let definitions = &schema["$defs"];
    let listed: Vec<&str> = definitions["condition"]["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reference| reference["$ref"].as_str().unwrap().trim_start_matches("#/$defs/"))
        .collect();
    assert_eq!(listed, Operator::ALL.map(Operator::as_str));
    for operator in Operator::ALL {
        let definition = &definitions[operator.as_str()];
        assert_eq!(definition["required"], json!(["path", operator.as_str()]));
        assert_eq!(definition["additionalProperties"], json!(false));
    }
    assert_eq!(definitions["path"]["maxLength"], json!(limits::PATH_BYTES_MAX));
    assert_eq!(definitions["list"]["maxItems"], json!(limits::LIST_MAX));
    assert_eq!(definitions["pattern"]["maxLength"], json!(limits::PATTERN_BYTES_MAX));
    assert_eq!(definitions["string"]["maxLength"], json!(limits::STRING_BYTES_MAX));
    assert_eq!(definitions["clauses"]["maxItems"], json!(limits::CONDITIONS_MAX));
}

#[test]
fn a_filter_is_written_in_one_spelling() {
    for (written, document) in [
        (r#" { "equals" : 1.10 , "path" : "$.data[\"a\"]" } "#, r#"{"path":"data.a","equals":1.10}"#),
        (
            r#"{"path":"data['p 99']","in":["\u0061",null,true, -0]}"#,
            r#"{"path":"data['p 99']","in":["a",null,true,-0]}"#,
        ),
        (
            r#"{"not":{"or":[{"path":"type","matches":"^a\\."},{"path":"data.x","exists":false}]}}"#,
            r#"{"not":{"or":[{"path":"type","matches":"^a\\."},{"path":"data.x","exists":false}]}}"#,
        ),
        (
            r#"{"and":[{"path":"data.t","lt":"2026-01-01T00:00:00Z"},{"path":"data.n","gte":12345678901234567890.123456789}]}"#,
            r#"{"and":[{"path":"data.t","lt":"2026-01-01T00:00:00Z"},{"path":"data.n","gte":12345678901234567890.123456789}]}"#,
        ),
    ] {
        let filter = Filter::parse(written).unwrap();
        assert_eq!(filter.document(), document);
        let again = Filter::parse(document).unwrap();
        assert_eq!(again, filter);
        assert_eq!(again.document(), document);
    }
    assert_ne!(
        Filter::parse(r#"{"path":"data.a","equals":1.1}"#).unwrap(),
        Filter::parse(r#"{"path":"data.a","equals":1.10}"#).unwrap()
    );
}

#[test]
fn a_filter_goes_through_json_with_its_digits_and_is_checked_on_the_way_in() {
    #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
    #[serde(tag = "type", content = "with")]
    enum Record {
        Changed { filter: Option<Filter> },
    }
    let text =
        r#"{"type":"Changed","with":{"filter":{"path":"data.n","equals":12345678901234567890.123456789}}}"#;
    let record: Record = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&record).unwrap(), text);

    let error = serde_json::from_str::<Filter>(r#"{"and":[{"path":"data.n","eq":1}]}"#).unwrap_err();
    assert!(error.to_string().starts_with("at /and/0: the key \"eq\" is unknown"), "{error}");
}

#[test]
fn a_filter_is_not_read_where_digits_were_lost() {
    #[derive(serde::Deserialize, Debug)]
    #[serde(tag = "type")]
    enum Record {
        Changed {
            #[expect(dead_code, reason = "reading it is refused")]
            filter: Filter,
        },
    }
    let text = r#"{"type":"Changed","filter":{"path":"data.n","equals":1.5}}"#;
    assert!(serde_json::from_str::<Record>(text).is_err());
}

#[test]
fn refusals_point_at_the_clause_and_say_what_to_do() {
    says(
        r#"{"and":[{"path":"data.a","equals":1},{"path":"payload.b","equals":1}]}"#,
        r#"at /and/1/path: a path starts with "type", "version", "source", "data", "metadata", not "payload""#,
    );
    says(
        r#"{"not":{"path":"data.a","eq":1}}"#,
        r#"at /not: the key "eq" is unknown: use "and", "or", "not", or "path" with one of "equals", "not_equals", "contains", "in", "not_in", "matches", "exists", "gt", "gte", "lt", "lte""#,
    );
    says(
        r#"{"path":"data.a","gt":1,"lt":5}"#,
        r#"at the top: the condition has both "gt" and "lt": write two conditions in an "and""#,
    );
    says(
        r#"{"path":"data.a","in":["a",["b"]]}"#,
        r#"at /in/1: "in" takes a string, a number, true, false or null, not an array"#,
    );
    says(
        r#"{"path":"version","equals":"2"}"#,
        r#"at /equals: "version" is always a number, so that this would never match: give a number"#,
    );
    says(
        r#"{"path":"data.a","matches":"a("}"#,
        "at /matches: the regular expression is not valid: unclosed group",
    );
    says(
        "[]",
        r#"at the top: a clause is an object such as {"path": "data.status", "equals": "failed"} or {"and": [...]}, not an array"#,
    );
    says(
        r#"{"and":[]}"#,
        r#"at /and: "and" needs at least one clause; to accept every event, leave the filter out"#,
    );
    says(
        r#"{"path":"data.a b","exists":true}"#,
        r#"at /path: the path is not understood at byte 6: "." or "[", or brackets and quotes around an unusual name: ['p 99']"#,
    );
}

#[test]
fn text_that_is_not_json_is_refused_with_line_and_column() {
    let (pointer, problem) = refused("{\"and\":\n[}");
    assert_eq!(pointer, "");
    assert!(matches!(problem, FilterProblem::NotJson { reason } if reason.contains("line 2 column 2")));
    for text in [
        "",
        "{",
        "{}x",
        "{\"path\":\"data\",\"equals\":01}",
        "{\"path\":\"data\",\"equals\":NaN}",
        "nul",
        "'a'",
    ] {
        assert!(matches!(refused(text).1, FilterProblem::NotJson { .. }), "{text}");
    }
}

#[test]
fn misshapen_clauses_are_refused() {
    for (json, pointer, problem) in [
        ("{}", "", FilterProblem::NoPath),
        ("null", "", FilterProblem::NotAClause { found: "null" }),
        (r#"{"equals":1}"#, "", FilterProblem::NoPath),
        (r#"{"path":"data"}"#, "", FilterProblem::NoOperator),
        (r#"{"and":[{"or":[{"path":"data"}]}]}"#, "/and/0/or/0", FilterProblem::NoOperator),
        (r#"{"and":[1]}"#, "/and/0", FilterProblem::NotAClause { found: "a number" }),
        (r#"{"or":{}}"#, "/or", FilterProblem::NotAList { key: "or", found: "an object" }),
        (r#"{"not":[]}"#, "/not", FilterProblem::NotAClause { found: "an array" }),
        (r#"{"or":[]}"#, "/or", FilterProblem::NoClauses { key: "or" }),
        (r#"{"or":[],"and":[]}"#, "", FilterProblem::NotAlone { key: "and" }),
        (r#"{"not":{},"path":"data"}"#, "", FilterProblem::NotAlone { key: "not" }),
        (
            r#"{"path":"data","path":"data","exists":true}"#,
            "",
            FilterProblem::RepeatedKey { key: "path".into() },
        ),
        (r#"{"path":"data","equals":1,"equals":2}"#, "", FilterProblem::RepeatedKey { key: "equals".into() }),
        (r#"{"and":[],"\u0061nd":[]}"#, "", FilterProblem::RepeatedKey { key: "and".into() }),
        (r#"{"AND":[]}"#, "", FilterProblem::UnknownKey { key: "AND".into() }),
        (r#"{"path":"data","":1}"#, "", FilterProblem::UnknownKey { key: String::new() }),
    ] {
        assert_eq!(refused(json), (pointer.to_owned(), problem), "{json}");
    }
}

#[test]
fn operands_of_the_wrong_kind_are_refused() {
    for (operator, operands) in [
        ("equals", &["[]", "{}", "[1]"][..]),
        ("not_equals", &["[]", "{}"]),
        ("contains", &["[]", "{}"]),
        ("in", &["1", "\"a\"", "null", "{}"]),
        ("not_in", &["1", "{}"]),
        ("matches", &["1", "null", "[\"a\"]"]),
        ("exists", &["1", "null", "\"true\""]),
        ("gt", &["null", "true", "[1]"]),
        ("gte", &["false"]),
        ("lt", &["{}"]),
        ("lte", &["null"]),
    ] {
        for operand in operands {
            let (pointer, problem) = refused(&format!(r#"{{"path":"data.x","{operator}":{operand}}}"#));
            assert_eq!(pointer, format!("/{operator}"));
            assert!(
                matches!(problem, FilterProblem::Operand { operator: named, .. } if named.as_str() == operator)
            );
        }
    }
    assert_eq!(refused(r#"{"path":"data.x","in":[]}"#), ("/in".into(), FilterProblem::NoValues));
    assert_eq!(
        refused(r#"{"path":"data.x","equals":"\ud800"}"#),
        ("/equals".into(), FilterProblem::HalfCharacter)
    );
    assert_eq!(
        refused(r#"{"path":"data.\ud800","equals":1}"#),
        ("/path".into(), FilterProblem::HalfCharacter)
    );
    assert_eq!(
        refused(r#"{"path":"data.x","matches":"\ud800"}"#),
        ("/matches".into(), FilterProblem::HalfCharacter)
    );
}

#[test]
fn conditions_that_could_never_match_are_refused() {
    for json in [
        r#"{"path":"version","equals":"1"}"#,
        r#"{"path":"version","matches":"1"}"#,
        r#"{"path":"version","contains":1}"#,
        r#"{"path":"version","gt":"1"}"#,
        r#"{"path":"version","in":[1,"2"]}"#,
        r#"{"path":"type","equals":1}"#,
        r#"{"path":"type","not_equals":null}"#,
        r#"{"path":"source","lt":1}"#,
        r#"{"path":"source","contains":null}"#,
    ] {
        assert!(matches!(refused(json).1, FilterProblem::NeverMatches { .. }), "{json}");
    }
}

fn nested(depth: usize) -> String {
    format!(r#"{}{{"path":"data","exists":true}}{}"#, r#"{"not":"#.repeat(depth - 1), "}".repeat(depth - 1))
}

fn joined(clause: &str, count: usize) -> String {
    format!(r#"{{"and":[{}]}}"#, vec![clause; count].join(","))
}

#[test]
fn every_bound_is_exact() {
    let exists = r#"{"path":"data","exists":true}"#;
    let pattern = r#"{"path":"data","matches":"a"}"#;
    let star = r#"{"path":"data[*][*]","exists":true}"#;
    let patterns = |positions: usize| {
        format!(r#"{{"and":[{pattern},{{"path":"data","matches":"a{{{}}}"}}]}}"#, positions - 1)
    };
    let equals = |operand: &str| format!(r#"{{"path":"data","equals":{operand}}}"#);
    let quoted = |bytes: usize| equals(&format!("\"{}\"", "a".repeat(bytes)));
    let list = |count: usize| format!(r#"{{"path":"data","in":[{}]}}"#, vec!["1"; count].join(","));
    let padded = |bytes: usize| format!("{exists}{}", " ".repeat(bytes - exists.len()));
    let exponent = |sign: &str, exponent: u64| equals(&format!("0.1e{sign}{exponent}"));

    for (within, beyond, problem) in [
        (nested(limits::DEPTH_MAX), nested(limits::DEPTH_MAX + 1), FilterProblem::TooDeep),
        (
            joined(exists, limits::CONDITIONS_MAX),
            joined(exists, limits::CONDITIONS_MAX + 1),
            FilterProblem::TooManyConditions,
        ),
        (joined(star, limits::STARS_MAX), joined(star, limits::STARS_MAX + 1), FilterProblem::TooManyStars),
        (
            joined(pattern, limits::PATTERNS_MAX),
            joined(pattern, limits::PATTERNS_MAX + 1),
            FilterProblem::TooManyPatterns,
        ),
        (
            list(limits::LIST_MAX),
            list(limits::LIST_MAX + 1),
            FilterProblem::TooManyValues { found: limits::LIST_MAX + 1 },
        ),
        (
            quoted(limits::STRING_BYTES_MAX),
            quoted(limits::STRING_BYTES_MAX + 1),
            FilterProblem::StringTooLong { found: limits::STRING_BYTES_MAX + 1 },
        ),
        (
            equals(&"1".repeat(limits::NUMBER_BYTES_MAX)),
            equals(&"1".repeat(limits::NUMBER_BYTES_MAX + 1)),
            FilterProblem::NumberTooLong { found: limits::NUMBER_BYTES_MAX + 1 },
        ),
        (
            patterns(limits::PATTERN_POSITIONS_MAX),
            patterns(limits::PATTERN_POSITIONS_MAX + 1),
            FilterProblem::PatternTooCostly,
        ),
        (
            exponent("", limits::EXPONENT_MAX),
            exponent("", limits::EXPONENT_MAX + 1),
            FilterProblem::NumberTooExtreme,
        ),
        (
            exponent("-", limits::EXPONENT_MAX),
            exponent("-", limits::EXPONENT_MAX + 1),
            FilterProblem::NumberTooExtreme,
        ),
        (
            padded(limits::FILTER_BYTES_MAX),
            padded(limits::FILTER_BYTES_MAX + 1),
            FilterProblem::TooLong { found: limits::FILTER_BYTES_MAX + 1 },
        ),
    ] {
        Filter::parse(&within).unwrap();
        assert_eq!(refused(&beyond).1, problem);
    }
}

#[test]
fn texts_made_to_hurt_are_refused_at_once() {
    let bytes = limits::FILTER_BYTES_MAX;
    for json in [
        "[".repeat(bytes),
        format!("{}{}", "[".repeat(bytes / 2), "]".repeat(bytes / 2)),
        r#"{"not":"#.repeat(bytes / 7),
        nested(2_000),
        format!("{{{}\"a\":1}}", r#""a":1,"#.repeat(bytes / 7)),
        format!(r#"{{"path":"{}","exists":true}}"#, "a".repeat(bytes - 100)),
        format!(r#"{{"path":"data","in":[{}1]}}"#, "1,".repeat(bytes / 2 - 50)),
    ] {
        assert!(Filter::parse(&json).is_err());
    }
}

#[test]
fn clones_share_and_debug_shows_the_document() {
    let filter = Filter::parse(r#"{"path":"data.x","equals":"a"}"#).unwrap();
    assert_eq!(filter.clone().document().as_ptr(), filter.document().as_ptr());
    assert_eq!(format!("{filter:?}"), r#"Filter({"path":"data.x","equals":"a"})"#);
}
