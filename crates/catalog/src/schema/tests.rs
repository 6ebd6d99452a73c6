use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;

fn parts(parts: &[(&str, &str)]) -> BTreeMap<String, Arc<str>> {
    parts.iter().map(|(name, text)| ((*name).to_owned(), Arc::from(*text))).collect()
}

fn compile(text: &str) -> Result<Schema, SchemaError> {
    Schema::compile(text, &parts(&[]))
}

fn code(text: &str) -> &'static str {
    compile(text).expect_err(text).code()
}

fn found(schema: &str, data: &str) -> Vec<(String, String)> {
    let problems = compile(schema).unwrap().validate(data);
    problems.into_iter().map(|problem| (problem.path, problem.rule)).collect()
}

#[test]
fn a_problem_is_told_by_its_path_and_rule() {
    let schema = r#"{"type":"object","required":["id"],"properties":{"runs":{"type":"array","items":{"type":"object","properties":{"ms":{"type":"integer","minimum":0}}}},"at":{"type":"string","format":"date-time"}}}"#;
    assert_eq!(found(schema, r#"{"id":1,"runs":[{"ms":1}],"at":"2026-09-21T14:13:20Z"}"#), []);
    let pair = |path: &str, rule: &str| (path.to_owned(), rule.to_owned());
    assert_eq!(found(schema, "{}"), [pair("", "required")]);
    let mut all = found(schema, r#"{"id":1,"runs":[{"ms":1},{"ms":-1},{"ms":"x"}],"at":"soon"}"#);
    all.sort();
    assert_eq!(all, [pair("/at", "format"), pair("/runs/1/ms", "minimum"), pair("/runs/2/ms", "type")]);
    assert_eq!(found(schema, &"[".repeat(1_000)), [pair("", "json")]);
    let many = format!("{{\"id\":1,\"runs\":[{}]}}", vec!["1"; 1_000].join(","));
    assert_eq!(found(schema, &many).len(), limits::PROBLEMS);
    let long = compile(schema).unwrap().validate(&format!("\"{}\"", "x".repeat(10_000)));
    assert!(long[0].message.chars().count() <= limits::PROBLEM_CHARS);
}

#[test]
fn what_is_no_schema_is_refused_with_its_reason() {
    for (text, expected) in [
        ("", "schema_not_an_object"),
        ("[]", "schema_not_an_object"),
        ("true", "schema_not_an_object"),
        (r#"{"type":"benchmark"}"#, "schema_invalid"),
        (r#"{"properties":[]}"#, "schema_invalid"),
        (r#"{"minimum":"1"}"#, "schema_invalid"),
        (r#"{"$schema":"http://json-schema.org/draft-04/schema#"}"#, "schema_keyword_unsupported"),
        (r##"{"$dynamicRef":"#x"}"##, "schema_keyword_unsupported"),
        (r#"{"properties":{"a":{"$id":"https://example.com/a"}}}"#, "schema_keyword_unsupported"),
        (r#"{"type":"object","required":["a"],"examples":[{"a":1},{}]}"#, "example_invalid"),
        (r#"{"examples":{}}"#, "schema_invalid"),
    ] {
        assert_eq!(code(text), expected, "{text}");
    }
}

#[test]
fn bombs_are_refused_before_they_are_compiled() {
    let deep = format!("{}{{}}{}", r#"{"items":"#.repeat(40), "}".repeat(40));
    assert_eq!(code(&deep), "schema_too_deep");
    let deeper = format!("{}{{}}{}", r#"{"items":"#.repeat(4_000), "}".repeat(4_000));
    assert_eq!(code(&deeper), "schema_too_deep");
    let properties: Vec<_> = (0..10_000).map(|n| format!("\"p{n}\":{{}}")).collect();
    let wide = format!("{{\"properties\":{{{}}}}}", properties.join(","));
    assert_eq!(code(&wide), "schema_too_large");
    let narrow = format!("{{\"properties\":{{{}}}}}", properties[..2_000].join(","));
    assert_eq!(code(&narrow), "schema_too_complex");
    let doubling: Vec<_> = (0..40)
        .map(|n| format!("\"d{n}\":{{\"properties\":{{\"a\":{{\"$ref\":\"#/$defs/d{0}\"}},\"b\":{{\"$ref\":\"#/$defs/d{0}\"}}}}}}", n + 1))
        .collect();
    let doubling = format!("{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{},\"d40\":{{}}}}}}", doubling.join(","));
    assert_eq!(code(&doubling), "schema_too_complex");
    let many = format!("{{\"$comment\":\"{}\"}}", "x".repeat(limits::SCHEMA_BYTES));
    assert_eq!(code(&many), "schema_too_large");
}

#[test]
fn references_stay_within_the_document_and_lead_somewhere() {
    for (reference, expected) in [
        ("#", "schema_recursive"),
        ("#/$defs/a", "schema_recursive"),
        ("#/$defs/none", "schema_reference_dangling"),
        ("#anchor", "schema_reference_outside"),
        ("https://example.com/schema.json", "schema_reference_outside"),
        ("file:///etc/passwd", "schema_reference_outside"),
        ("../shared/../../secret.json", "schema_reference_outside"),
        ("../shared/none/v1.json", "schema_reference_dangling"),
        ("other.json", "schema_reference_outside"),
    ] {
        let text =
            format!(r##"{{"$defs":{{"a":{{"items":{{"$ref":"{reference}"}}}}}},"$ref":"#/$defs/a"}}"##);
        assert_eq!(code(&text), expected, "{reference}");
    }
    assert_eq!(code(r#"{"$ref":7}"#), "schema_invalid");
    // What only looks like a reference is data.
    assert!(
        compile(r#"{"const":{"$ref":"https://example.com"},"examples":[{"$ref":"https://example.com"}]}"#)
            .is_ok()
    );
}

#[test]
fn costly_patterns_are_refused_and_none_takes_long() {
    for pattern in [r"(?=a)b", r"(a)\\1", r"[", r"(a{1,1000}){1,1000}", &"a".repeat(300)] {
        let text = format!(r#"{{"type":"string","pattern":"{pattern}"}}"#);
        assert_eq!(code(&text), "schema_pattern", "{pattern}");
        let named = format!(r#"{{"patternProperties":{{"{pattern}":{{}}}}}}"#);
        assert_eq!(code(&named), "schema_pattern", "{pattern}");
    }
    // Catastrophic where engines backtrack; linear here.
    let schema = compile(r#"{"type":"string","pattern":"^(a+)+$"}"#).unwrap();
    assert_eq!(schema.validate(&format!("\"{}!\"", "a".repeat(100_000))).len(), 1);
}

#[test]
fn shared_parts_are_built_in_and_may_refer_to_each_other() {
    let all = parts(&[
        (
            "actor/v1",
            r##"{"$id":"https://hookledger.dev/schemas/events/shared/actor/v1.json","type":"object","required":["id"],"properties":{"id":{"$ref":"../name/v2.json"},"role":{"$ref":"#/$defs/role"}},"$defs":{"role":{"enum":["owner"]}}}"##,
        ),
        ("name/v2", r#"{"type":"string","minLength":2}"#),
    ]);
    let text = r#"{"$id":"https://hookledger.dev/schemas/events/user.created/v1.json","type":"object","properties":{"by":{"$ref":"../shared/actor/v1.json"},"for":{"$ref":"https://hookledger.dev/schemas/events/shared/actor/v1.json"}}}"#;
    let schema = Schema::compile(text, &all).unwrap();
    assert_eq!(schema.id(), Some("https://hookledger.dev/schemas/events/user.created/v1.json"));
    assert_eq!(schema.shared(), ["actor/v1", "name/v2"]);
    assert_eq!(schema.validate(r#"{"by":{"id":"ab","role":"owner"}}"#), []);
    let problems = schema.validate(r#"{"by":{"id":"a","role":"guest"},"for":{}}"#);
    let mut rules: Vec<_> = problems.iter().map(|problem| (&*problem.path, &*problem.rule)).collect();
    rules.sort_unstable();
    assert_eq!(rules, [("/by/id", "minLength"), ("/by/role", "enum"), ("/for", "required")]);
    let looping = parts(&[
        ("a/v1", r#"{"items":{"$ref":"../b/v1.json"}}"#),
        ("b/v1", r#"{"items":{"$ref":"../a/v1.json"}}"#),
    ]);
    let error = Schema::compile(r#"{"$ref":"../shared/a/v1.json"}"#, &looping).unwrap_err();
    assert_eq!(error.code(), "schema_recursive");
}

#[test]
fn samples_are_examples_as_they_are_written_or_made_and_valid() {
    let with = compile(r#"{"type":"object","examples":[{"b":1.10,"a":1},{"c":2}]}"#).unwrap();
    assert_eq!(with.sample(0).unwrap(), r#"{"b":1.10,"a":1}"#);
    assert_eq!(with.sample(3).unwrap(), r#"{"c":2}"#);
    for text in [
        r#"{"type":"object","required":["id","at","kind","score"],"additionalProperties":false,"properties":{"id":{"type":"string","pattern":"^run_[0-9a-f]{8}$"},"at":{"type":"string","format":"date-time"},"kind":{"enum":["a","b"]},"score":{"type":"number","exclusiveMinimum":0,"maximum":1},"n":{"type":"integer","minimum":5,"maximum":7},"five":{"type":"integer","multipleOf":5},"tags":{"type":"array","items":{"type":"string","minLength":20},"minItems":2,"uniqueItems":true},"who":{"type":"string","format":"email"},"where":{"type":"string","format":"uri"},"u":{"type":"string","format":"uuid"},"d":{"type":"string","format":"date"},"how_long":{"type":"string","format":"duration"},"labels":{"type":"object","minProperties":2,"additionalProperties":{"type":"string"}},"maybe":{"type":["string","null"]}}}"#,
        r#"{"allOf":[{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}},{"type":"object","required":["b"],"properties":{"b":{"type":"boolean"}}}]}"#,
        r#"{"oneOf":[{"type":"object","required":["ok"],"properties":{"ok":{"const":true}}},{"type":"object","required":["error"],"properties":{"error":{"type":"string"}}}]}"#,
        r##"{"type":"object","properties":{"m":{"$ref":"#/$defs/m"}},"required":["m"],"$defs":{"m":{"type":"object","required":["v"],"properties":{"v":{"type":"number","minimum":-2,"maximum":-1}}}}}"##,
        "{}",
    ] {
        let schema = compile(text).unwrap();
        for which in 0..40 {
            let sample = schema.sample(which).unwrap();
            assert_eq!(schema.validate(&sample), [], "{sample}");
            assert_eq!(schema.sample(which).unwrap(), sample);
        }
    }
    assert_eq!(compile(r#"{"not":{}}"#).unwrap().sample(0), Err(SampleError::NoneFound));
}
