use proptest::prelude::*;

use super::scalar::same;
use super::*;

fn up(steps: &str) -> Chain {
    let mapping = Mapping::parse(&format!(
        r#"{{"compatibility":"backward","up":{{"loses":["whatever a test loses"],"steps":{steps}}}}}"#
    ))
    .unwrap();
    Chain::compose(1, 2, |_| Some(&mapping)).unwrap()
}

#[track_caller]
fn becomes(steps: &str, from: &str, to: &str) {
    assert_eq!(up(steps).cast(from).unwrap(), to);
}

#[track_caller]
fn fails(steps: &str, data: &str, path: &str, reason: CastReason) {
    let error = up(steps).cast(data).unwrap_err();
    assert_eq!((&*error.path, error.reason), (path, reason), "{error}");
}

#[test]
fn members_are_renamed_in_their_place_and_the_rest_keeps_its_bytes() {
    becomes(
        r#"[{"op":"rename","path":"/a/b","to":"c"}]"#,
        r#"{"x":1.10,"a":{"b":[1E9, 2],"z":"\u00e9"},"y":-0}"#,
        r#"{"x":1.10,"a":{"c":[1E9, 2],"z":"\u00e9"},"y":-0}"#,
    );
    fails(r#"[{"op":"rename","path":"/a","to":"b"}]"#, r#"{"a":1,"b":2}"#, "/a", CastReason::Occupied);
}

#[test]
fn what_no_step_changes_is_given_back_byte_for_byte() {
    for data in [" { \"a\" : 1.0 } ", "[1, 2]", "null", "\"x\"", "1e999"] {
        becomes(r#"[{"op":"rename","path":"/b","to":"c"},{"op":"drop","path":"/d/e"}]"#, data, data);
    }
}

#[test]
fn values_move_into_objects_and_out_of_them() {
    let wrap = r#"[{"op":"move","from":"/zone","to":"/zone/name"}]"#;
    let unwrap = r#"[{"op":"move","from":"/zone/name","to":"/zone","prune":true}]"#;
    becomes(wrap, r#"{"zone":"eu","n":1}"#, r#"{"n":1,"zone":{"name":"eu"}}"#);
    becomes(unwrap, r#"{"n":1,"zone":{"name":"eu"}}"#, r#"{"n":1,"zone":"eu"}"#);
    fails(unwrap, r#"{"zone":{"name":"eu","id":1}}"#, "/zone", CastReason::Occupied);
    fails(r#"[{"op":"copy","from":"/a","to":"/b/c"}]"#, r#"{"a":1,"b":2}"#, "/b/c", CastReason::NotAnObject);
    becomes(r#"[{"op":"copy","from":"/a","to":"/b/c"}]"#, r#"{"a":[1.0]}"#, r#"{"a":[1.0],"b":{"c":[1.0]}}"#);
}

#[test]
fn defaults_fill_what_is_absent_and_only_that() {
    let plain = r#"[{"op":"default","path":"/e/tier","value":"shared"}]"#;
    becomes(plain, r#"{"e":{}}"#, r#"{"e":{"tier":"shared"}}"#);
    becomes(plain, r#"{"e":{"tier":null}}"#, r#"{"e":{"tier":null}}"#);
    becomes(plain, "{}", "{}");
    becomes(
        r#"[{"op":"default","path":"/e/tier","value":1.0,"parents":true}]"#,
        "{}",
        r#"{"e":{"tier":1.0}}"#,
    );
    fails(r#"[{"op":"default","path":"/e","value":1}]"#, "[]", "/e", CastReason::NotAnObject);
}

#[test]
fn drop_takes_away_anything_or_only_a_certain_value() {
    becomes(r#"[{"op":"drop","path":"/a/b","prune":true}]"#, r#"{"a":{"b":1},"c":2}"#, r#"{"c":2}"#);
    let known = r#"[{"op":"drop","path":"/a","value":{"x":1.0,"y":[2]}}]"#;
    becomes(known, r#"{"a":{"y":[2.0],"x":1}}"#, "{}");
    becomes(known, r#"{"a":{"y":[2],"x":2}}"#, r#"{"a":{"y":[2],"x":2}}"#);
    becomes(r#"[{"op":"drop","path":"/a","value":null}]"#, r#"{"a":1}"#, r#"{"a":1}"#);
    becomes(r#"[{"op":"drop","path":"/a","value":null}]"#, r#"{"a":null}"#, "{}");
}

#[test]
fn numbers_are_scaled_in_decimal() {
    let ms_to_s = r#"[{"op":"convert","path":"/d","unit":["ms","s"]}]"#;
    becomes(ms_to_s, r#"{"d":1500}"#, r#"{"d":1.5}"#);
    becomes(ms_to_s, r#"{"d":0.1}"#, r#"{"d":0.0001}"#);
    becomes(ms_to_s, r#"{"d":null}"#, r#"{"d":null}"#);
    fails(ms_to_s, r#"{"d":"1500"}"#, "/d", CastReason::WrongType);
    fails(ms_to_s, r#"{"d":1e99999999999}"#, "/d", CastReason::NotANumber);
    becomes(
        r#"[{"op":"convert","path":"/d","unit":["s","h"],"round":3}]"#,
        r#"{"d":1000}"#,
        r#"{"d":0.278}"#,
    );
    becomes(r#"[{"op":"convert","path":"/d","unit":["GiB","B"]}]"#, r#"{"d":1.5}"#, r#"{"d":1610612736}"#);
}

#[test]
fn types_are_converted_without_inventing_digits() {
    let to = |kind: &str| format!(r#"[{{"op":"convert","path":"/v","type":"{kind}"}}]"#);
    for (kind, from, into) in [
        ("string", "12345678901234567890.10", "\"12345678901234567890.10\""),
        ("string", "true", "\"true\""),
        ("number", "\"1.10\"", "1.10"),
        ("integer", "\"42\"", "42"),
        ("integer", "4.0", "4.0"),
        ("boolean", "\"false\"", "false"),
        ("string", "null", "null"),
    ] {
        becomes(&to(kind), &format!("{{\"v\":{from}}}"), &format!("{{\"v\":{into}}}"));
    }
    for (kind, from, reason) in [
        ("number", "\"0x1\"", CastReason::NotANumber),
        ("integer", "1.5", CastReason::NotWhole),
        ("boolean", "\"yes\"", CastReason::NotInMap),
        ("number", "[1]", CastReason::WrongType),
        ("boolean", "1", CastReason::WrongType),
    ] {
        fails(&to(kind), &format!("{{\"v\":{from}}}"), "/v", reason);
    }
    becomes(r#"[{"op":"convert","path":"/v","type":"integer","round":0}]"#, r#"{"v":2.5}"#, r#"{"v":2}"#);
}

#[test]
fn instants_and_named_values_change_their_writing() {
    becomes(
        r#"[{"op":"convert","path":"/at","time":["unix_s","rfc3339"]}]"#,
        r#"{"at":1790000000}"#,
        r#"{"at":"2026-09-21T14:13:20Z"}"#,
    );
    let values = r#"[{"op":"values","path":"/o","map":[["pass","passed"],[1,true]]}]"#;
    becomes(values, r#"{"o":"p\u0061ss"}"#, r#"{"o":"passed"}"#);
    becomes(values, r#"{"o":1.0}"#, r#"{"o":true}"#);
    fails(values, r#"{"o":"odd"}"#, "/o", CastReason::NotInMap);
}

#[test]
fn texts_are_split_and_joined() {
    let split = r#"[{"op":"split","path":"/m","into":["/p/a","/n","/r"],"separator":"/"}]"#;
    let join = r#"[{"op":"join","from":["/p/a","/n","/r"],"path":"/m","separator":"/"}]"#;
    becomes(split, r#"{"m":"acme/bert/1/2"}"#, r#"{"p":{"a":"acme"},"n":"bert","r":"1/2"}"#);
    becomes(split, r#"{"m":"acme"}"#, r#"{"p":{"a":"acme"}}"#);
    becomes(join, r#"{"p":{"a":"acme"},"n":"bert","r":"1/2"}"#, r#"{"p":{},"m":"acme/bert/1/2"}"#);
    becomes(join, "{}", "{}");
    fails(join, r#"{"n":"bert"}"#, "/p/a", CastReason::Gap);
    fails(join, r#"{"p":{"a":"a/b"},"n":"bert"}"#, "/p/a", CastReason::Ambiguous);
    fails(split, r#"{"m":5}"#, "/m", CastReason::WrongType);
}

#[test]
fn each_element_of_a_list_is_worked_on_and_errors_name_its_place() {
    let steps = r#"[{"op":"each","path":"/m","steps":[{"op":"rename","path":"/l","to":"n"},{"op":"convert","path":"/v","type":"number"}]}]"#;
    becomes(steps, r#"{"m":[{"l":"x"},{"v":"1.0"},7]}"#, r#"{"m":[{"n":"x"},{"v":1.0},7]}"#);
    fails(steps, r#"{"m":[{},{"v":"x"}]}"#, "/m/1/v", CastReason::NotANumber);
    fails(steps, r#"{"m":{}}"#, "/m", CastReason::NotAList);
    becomes(r#"[{"op":"each","path":"","steps":[{"op":"drop","path":"/a"}]}]"#, r#"[{"a":1}]"#, "[{}]");
}

#[test]
fn copies_of_copies_end_at_the_bound() {
    let doubling: Vec<_> = (0..64).map(|n| format!(r#"{{"op":"copy","from":"","to":"/c{n}"}}"#)).collect();
    let error =
        up(&format!("[{}]", doubling.join(","))).cast(r#"{"a":"xxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"#).unwrap_err();
    assert_eq!(error.reason, CastReason::TooLarge);
    let wide = format!("[{}]", vec!["[]"; 100_000].join(","));
    let many = vec![r#"{"op":"rename","path":"/a","to":"b"}"#; 60].join(",");
    let steps = format!(r#"[{{"op":"each","path":"","steps":[{many}]}}]"#);
    assert_eq!(up(&steps).cast(&wide).unwrap_err().reason, CastReason::TooMuchWork);
    fails(
        "[{\"op\":\"drop\",\"path\":\"/a\"}]",
        &format!("\"{}\"", "x".repeat(1 << 20)),
        "",
        CastReason::TooLarge,
    );
}

#[test]
fn chains_lead_over_many_versions_and_only_where_that_is_promised() {
    let mapping = |compatibility: &str, n: u32| {
        let up =
            format!(r#""up":{{"loses":["-"],"steps":[{{"op":"rename","path":"/v{}","to":"v{n}"}}]}}"#, n - 1);
        let down = format!(
            r#""down":{{"loses":["-"],"steps":[{{"op":"rename","path":"/v{n}","to":"v{}"}}]}}"#,
            n - 1
        );
        let directions = if compatibility == "full" { format!("{up},{down}") } else { up };
        Mapping::parse(&format!(r#"{{"compatibility":"{compatibility}",{directions}}}"#)).unwrap()
    };
    let all = [mapping("full", 2), mapping("full", 3), mapping("backward", 4)];
    let chain = |from, to| Chain::compose(from, to, |n| all.get(usize::try_from(n).unwrap() - 2));
    assert_eq!(chain(1, 4).unwrap().cast(r#"{"v1":1}"#).unwrap(), r#"{"v4":1}"#);
    assert_eq!(chain(3, 1).unwrap().cast(r#"{"v3":1}"#).unwrap(), r#"{"v1":1}"#);
    assert!(chain(2, 2).unwrap().is_identity());
    assert!(chain(4, 3).is_none() && chain(4, 5).is_none());
    let trace = chain(1, 4).unwrap().trace(r#"{"v2":1}"#).unwrap();
    assert_eq!(
        trace.steps.iter().map(|step| (step.from, step.to, step.changed)).collect::<Vec<_>>(),
        [(1, 2, false), (2, 3, true), (3, 4, true)]
    );
    let error = chain(1, 4).unwrap().cast(r#"{"v3":1,"v4":1}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"version 3 cannot be cast to version 4: step 0 ("rename") at "/v3": the place is taken"#
    );
}

#[test]
fn a_flaw_in_a_mapping_is_named_by_its_place() {
    let step =
        |step: &str| format!(r#"{{"compatibility":"backward","up":{{"loses":["x"],"steps":[{step}]}}}}"#);
    for (json, pointer) in [
        ("[]".to_owned(), ""),
        (r#"{"compatibility":"upward"}"#.to_owned(), "/compatibility"),
        (r#"{"compatibility":"backward","down":{"steps":[]}}"#.to_owned(), "/down"),
        (r#"{"compatibility":"backward","up":{"steps":[]}}"#.to_owned(), "/up"),
        (r#"{"compatibility":"full","up":{"lossless":true,"loses":["x"],"steps":[]}}"#.to_owned(), "/up"),
        (r#"{"compatibility":"backward","up":{"lossless":true,"steps":[]}}"#.to_owned(), "/up/lossless"),
        (r#"{"compatibility":"full","up":{"loses":[""],"steps":[]}}"#.to_owned(), "/up/loses"),
        (step(r#"{"op":"explode"}"#), "/up/steps/0/op"),
        (step(r#"{"op":"rename","path":"/a"}"#), "/up/steps/0"),
        (step(r#"{"op":"rename","path":"/a","to":"b","why":1}"#), "/up/steps/0"),
        (step(r#"{"op":"rename","path":"a","to":"b"}"#), "/up/steps/0/path"),
        (step(r#"{"op":"drop","path":""}"#), "/up/steps/0/path"),
        (step(r#"{"op":"move","from":"/a","to":"/~x"}"#), "/up/steps/0/to"),
        (step(r#"{"op":"convert","path":"/a","unit":["ms","B"]}"#), "/up/steps/0/unit"),
        (step(r#"{"op":"convert","path":"/a","unit":["ms","fortnight"]}"#), "/up/steps/0/unit"),
        (step(r#"{"op":"convert","path":"/a"}"#), "/up/steps/0"),
        (step(r#"{"op":"convert","path":"/a","type":"text"}"#), "/up/steps/0/type"),
        (step(r#"{"op":"convert","path":"/a","type":"string","round":0}"#), "/up/steps/0/round"),
        (step(r#"{"op":"convert","path":"/a","time":["unix_s","iso"]}"#), "/up/steps/0/time"),
        (step(r#"{"op":"values","path":"/a","map":[]}"#), "/up/steps/0/map"),
        (step(r#"{"op":"values","path":"/a","map":[[1,2],[1.0,3]]}"#), "/up/steps/0/map/1"),
        (step(r#"{"op":"values","path":"/a","map":[[{},2]]}"#), "/up/steps/0/map/0"),
        (step(r#"{"op":"split","path":"/a","into":["/b"],"separator":"/"}"#), "/up/steps/0/into"),
        (step(r#"{"op":"split","path":"/a","into":["/b","/c"],"separator":""}"#), "/up/steps/0/separator"),
        (
            step(
                r#"{"op":"each","path":"/a","steps":[{"op":"each","path":"","steps":[{"op":"each","path":"","steps":[{"op":"each","path":"","steps":[]}]}]}]}"#,
            ),
            "/up/steps/0/steps/0/steps/0/steps/0",
        ),
        (step(&vec![r#"{"op":"drop","path":"/a"}"#; 65].join(",")), "/up/steps"),
        (" ".repeat(limits::MAPPING_BYTES + 1), ""),
    ] {
        assert_eq!(Mapping::parse(&json).unwrap_err().pointer, pointer, "{json}");
    }
}

/// Mappings that claim to lose nothing either way.
const LOSSLESS: &[(&str, &str)] = &[
    (r#"[{"op":"rename","path":"/a","to":"z"}]"#, r#"[{"op":"rename","path":"/z","to":"a"}]"#),
    (
        r#"[{"op":"move","from":"/a","to":"/o/a"}]"#,
        r#"[{"op":"move","from":"/o/a","to":"/a"},{"op":"drop","path":"/o","value":{}}]"#,
    ),
    (
        r#"[{"op":"convert","path":"/n","unit":["ms","s"]}]"#,
        r#"[{"op":"convert","path":"/n","unit":["s","ms"]}]"#,
    ),
    (
        r#"[{"op":"convert","path":"/n","unit":["percent","ratio"]}]"#,
        r#"[{"op":"convert","path":"/n","unit":["ratio","percent"]}]"#,
    ),
    (
        r#"[{"op":"convert","path":"/n","unit":["B","KiB"]}]"#,
        r#"[{"op":"convert","path":"/n","unit":["KiB","B"]}]"#,
    ),
    (
        r#"[{"op":"convert","path":"/n","type":"string"}]"#,
        r#"[{"op":"convert","path":"/n","type":"number"}]"#,
    ),
    (
        r#"[{"op":"split","path":"/s","into":["/p","/q"],"separator":"/"}]"#,
        r#"[{"op":"join","from":["/p","/q"],"path":"/s","separator":"/"}]"#,
    ),
    (r#"[{"op":"default","path":"/u","value":"ms"}]"#, r#"[{"op":"drop","path":"/u","value":"ms"}]"#),
    (
        r#"[{"op":"each","path":"/l","steps":[{"op":"rename","path":"/a","to":"b"},{"op":"convert","path":"/n","unit":["s","ms"]}]}]"#,
        r#"[{"op":"each","path":"/l","steps":[{"op":"convert","path":"/n","unit":["ms","s"]},{"op":"rename","path":"/b","to":"a"}]}]"#,
    ),
];

fn both(up: &str, down: &str) -> (Chain, Chain) {
    let json = format!(
        r#"{{"compatibility":"full","up":{{"lossless":true,"steps":{up}}},"down":{{"lossless":true,"steps":{down}}}}}"#
    );
    let mapping = Mapping::parse(&json).unwrap();
    (Chain::compose(1, 2, |_| Some(&mapping)).unwrap(), Chain::compose(2, 1, |_| Some(&mapping)).unwrap())
}

fn number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?(e-?[0-9]{1,2})?"
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z/@\u{e9}\"\\\\]{0,8}", any::<String>()]
        .prop_map(|text| serde_json::to_string(&text).unwrap())
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("null".to_owned()), Just("true".to_owned()), number(), text()];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            proptest::collection::vec(("[a-eopqstuz]", inner), 0..6).prop_map(|members| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// Data of the shape that the lossless mappings are for: each member may be absent.
fn shaped() -> impl Strategy<Value = String> {
    let element = (proptest::option::of(json()), proptest::option::of(number()))
        .prop_map(|(a, n)| object(&[("a", a), ("n", n)]));
    let members = (
        proptest::option::of(json()),
        proptest::option::of(number()),
        proptest::option::of(text()),
        proptest::option::of(proptest::collection::vec(element, 0..4)),
        proptest::option::of(json()),
    );
    members.prop_map(|(a, n, s, l, other)| {
        let l = l.map(|items| format!("[{}]", items.join(",")));
        object(&[("a", a), ("n", n), ("s", s), ("l", l), ("other", other)])
    })
}

fn object(members: &[(&str, Option<String>)]) -> String {
    let members: Vec<_> = members
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("\"{name}\":{value}")))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn any_step() -> impl Strategy<Value = String> {
    let path = || "(/[a-e]){1,3}";
    let flat = prop_oneof![
        (path(), "[a-e]").prop_map(|(path, to)| format!(r#"{{"op":"rename","path":"{path}","to":"{to}"}}"#)),
        (path(), path(), any::<bool>()).prop_map(|(from, to, prune)| format!(
            r#"{{"op":"move","from":"{from}","to":"{to}","prune":{prune}}}"#
        )),
        (path(), path()).prop_map(|(from, to)| format!(r#"{{"op":"copy","from":"{from}","to":"{to}"}}"#)),
        (path(), any::<bool>()).prop_map(|(path, parents)| format!(
            r#"{{"op":"default","path":"{path}","value":{{"a":1}},"parents":{parents}}}"#
        )),
        (path(), any::<bool>())
            .prop_map(|(path, prune)| format!(r#"{{"op":"drop","path":"{path}","prune":{prune}}}"#)),
        (
            path(),
            proptest::sample::select(vec![
                r#""unit":["s","h"]"#,
                r#""type":"string""#,
                r#""type":"integer","round":0"#,
                r#""time":["unix_ms","rfc3339"]"#,
                r#""time":["rfc3339","unix_s"]"#
            ])
        )
            .prop_map(|(path, how)| format!(r#"{{"op":"convert","path":"{path}",{how}}}"#)),
        (path(), path(), path()).prop_map(|(path, a, b)| format!(
            r#"{{"op":"split","path":"{path}","into":["{a}","{b}"],"separator":"/"}}"#
        )),
        (path(), path(), path()).prop_map(|(path, a, b)| format!(
            r#"{{"op":"join","from":["{a}","{b}"],"path":"{path}","separator":"/"}}"#
        )),
        path().prop_map(|path| format!(
            r#"{{"op":"values","path":"{path}","map":[[null,1],["a","b"]],"otherwise":"keep"}}"#
        )),
    ];
    flat.prop_recursive(2, 8, 3, move |inner| {
        (path(), proptest::collection::vec(inner, 0..3)).prop_map(|(path, steps)| {
            format!(r#"{{"op":"each","path":"{path}","steps":[{}]}}"#, steps.join(","))
        })
    })
}

proptest! {
    #[test]
    fn there_and_back_is_the_same_where_nothing_is_lost(data in shaped(), which in 0..LOSSLESS.len()) {
        let (up, down) = both(LOSSLESS[which].0, LOSSLESS[which].1);
        // A text that is no part of the shape cannot be cast; what can be comes back.
        let there = up.cast(&data).unwrap();
        let back = down.cast(&there).unwrap();
        prop_assert!(same(&data, &back), "{data} became {there}, then {back}");
    }

    #[test]
    fn any_steps_on_any_data_end_in_json_or_a_reason(steps in proptest::collection::vec(any_step(), 0..8), data in json()) {
        let chain = up(&format!("[{}]", steps.join(",")));
        if let Ok(cast) = chain.cast(&data) {
            prop_assert!(serde_json::from_str::<&serde_json::value::RawValue>(&cast).is_ok(), "{cast}");
        }
        prop_assert_eq!(chain.trace(&data).map(|cast| cast.data), chain.cast(&data));
    }

    #[test]
    fn any_text_is_cast_or_refused(data in any::<String>()) {
        let _ = up(r#"[{"op":"rename","path":"/a","to":"b"},{"op":"each","path":"","steps":[{"op":"drop","path":"/a"}]}]"#).cast(&data);
        let _ = Mapping::parse(&data);
    }
}
