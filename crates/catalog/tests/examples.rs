//! The built-in catalogue keeps the rules of `schemas/README.md`, and what it promises between versions.

use std::collections::BTreeSet;

use hookledger_catalog::builtin::{self, BuiltinType, BuiltinVersion};
use hookledger_catalog::{Mapping, Schema, check};
use serde_json::Value;

/// What a benchmark platform has to tell, and the system's own notices.
const TYPES: [&str; 31] = [
    "benchmark.completed",
    "benchmark.created",
    "benchmark.failed",
    "benchmark.started",
    "benchmark.updated",
    "result.failed",
    "result.generated",
    "result.processed",
    "result.published",
    "result.validated",
    "system.alert.raised",
    "system.alert.resolved",
    "system.maintenance.ended",
    "system.maintenance.scheduled",
    "system.maintenance.started",
    "system.quota.exceeded",
    "system.quota.warning",
    "system.subscription.disable_warned",
    "system.subscription.disabled",
    "system.subscription.failing",
    "system.subscription.recovered",
    "test.completed",
    "test.created",
    "test.failed",
    "test.passed",
    "test.started",
    "user.created",
    "user.invited",
    "user.removed",
    "user.role_changed",
    "user.updated",
];

/// Every version of every type, with a name for messages.
fn versions() -> impl Iterator<Item = (String, &'static BuiltinType, BuiltinVersion)> {
    builtin::types().iter().flat_map(|built| {
        let named =
            move |version: &BuiltinVersion| (format!("{} v{}", built.name, version.number), built, *version);
        built.versions.iter().map(named)
    })
}

fn compiled(text: &str) -> Schema {
    Schema::compile(text, builtin::shared_parts()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn the_catalogue_has_every_type_and_says_what_each_means() {
    let names: Vec<_> = builtin::types().iter().map(|built| built.name).collect();
    assert_eq!(names, TYPES);
    for built in builtin::types() {
        for said in [&built.title, &built.description, &built.sent_when] {
            assert!(said.len() >= 8, "{}: {said:?}", built.name);
        }
        let numbers: Vec<_> = built.versions.iter().map(|version| version.number).collect();
        assert_eq!(numbers, (1..).take(numbers.len()).collect::<Vec<_>>(), "{}", built.name);
    }
    assert!(builtin::types().iter().filter(|built| built.versions.len() > 1).count() >= 3);
}

#[test]
fn each_version_has_two_examples_that_differ_and_are_valid() {
    for (name, _, version) in versions() {
        let schema = compiled(version.schema);
        let examples: BTreeSet<_> = schema.examples().collect();
        assert!(examples.len() >= 2 && examples.len() == schema.examples().len(), "{name}");
        for example in examples {
            assert_eq!(schema.validate(example), [], "{name}");
        }
    }
    for (name, text) in builtin::shared_parts() {
        assert!(compiled(text).examples().len() >= 2, "{name}");
    }
}

#[test]
fn a_member_that_no_schema_has_and_a_time_that_is_none_are_refused() {
    for (name, _, version) in versions() {
        let schema = compiled(version.schema);
        let example = schema.examples().next().expect("an example");
        let spoilt = example.replacen('{', r#"{"no_such_member":1,"#, 1);
        assert_ne!(schema.validate(&spoilt), [], "{name}: an unknown member");
        let mut data: Value = serde_json::from_str(example).expect("an example is JSON");
        let members = data.as_object_mut().expect("data is an object");
        let time = members.iter_mut().find(|(name, value)| name.ends_with("_at") && value.is_string());
        if let Some((_, value)) = time {
            *value = Value::from("yesterday");
            assert_ne!(schema.validate_value(&data), [], "{name}: a time");
        }
    }
}

#[test]
fn identities_are_addresses_below_one_and_shapes_are_closed_and_described() {
    let types =
        versions().map(|(_, built, version)| (format!("{}/v{}", built.name, version.number), version.schema));
    let parts = builtin::shared_parts().iter().map(|(name, text)| (format!("shared/{name}"), &**text));
    for (place, text) in types.chain(parts) {
        let schema: Value = serde_json::from_str(text).expect("a schema is JSON");
        assert_eq!(schema["$id"], format!("https://hookledger.dev/schemas/events/{place}.json"));
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{place}");
        described(&place, &schema);
    }
}

/// Every property says what it is, and every object whether it may have others.
fn described(place: &str, schema: &Value) {
    match schema {
        Value::Object(members) => {
            if members.get("type") == Some(&Value::from("object")) {
                assert!(members.contains_key("additionalProperties"), "{place} is open by accident");
            }
            for (name, property) in members.get("properties").and_then(Value::as_object).into_iter().flatten()
            {
                assert!(property["description"].is_string(), "{place}/{name} says nothing about itself");
            }
            for (name, inner) in members.iter().filter(|(name, _)| *name != "examples") {
                described(&format!("{place}/{name}"), inner);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|inner| described(place, inner)),
        _ => {}
    }
}

#[test]
fn each_version_follows_the_one_before_as_its_mapping_promises() {
    for built in builtin::types() {
        for pair in built.versions.windows(2) {
            let [before, after] = pair else { unreachable!("windows of two") };
            let name = format!("{} v{}", built.name, after.number);
            let mapping = after.mapping.unwrap_or_else(|| panic!("{name} has no mapping"));
            let mapping = Mapping::parse(mapping).unwrap_or_else(|error| panic!("{name}: {error}"));
            let judged = check(&compiled(before.schema), &compiled(after.schema), &mapping, after.number);
            judged.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}
