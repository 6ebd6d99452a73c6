//! Tools can ask for the whole schema.

use serde_json::Value;

use crate::support::app;

/// What graphql-js sends as its full introspection query.
const FULL: &str = "query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType { name } \
    types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } } \
    fragment FullType on __Type { kind name description specifiedByURL isOneOf \
      fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason } \
      inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef } \
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } } \
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason } \
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name \
      ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

#[tokio::test]
async fn the_full_introspection_query_passes_every_limit() {
    let server = app().await;
    let data = server.data(FULL, Value::Null).await;
    let types = data["__schema"]["types"].as_array().unwrap();
    assert!(types.iter().any(|named| named["name"] == "Delivery"));
}

#[tokio::test]
async fn every_type_field_argument_and_input_field_is_described() {
    let server = app().await;
    let data = server.data(FULL, Value::Null).await;
    let mut silent = Vec::new();
    let mut note = |described: &Value, name: String| {
        if described["description"].as_str().is_none_or(str::is_empty) {
            silent.push(name);
        }
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for named in list(&data["__schema"]["types"]) {
        let name = named["name"].as_str().unwrap().to_owned();
        if name.starts_with("__") || name == "ID" {
            continue;
        }
        note(&named, name.clone());
        for field in list(&named["fields"]) {
            note(&field, format!("{name}.{}", field["name"].as_str().unwrap()));
            for argument in list(&field["args"]) {
                note(
                    &argument,
                    format!(
                        "{name}.{}({})",
                        field["name"].as_str().unwrap(),
                        argument["name"].as_str().unwrap()
                    ),
                );
            }
        }
        for field in list(&named["inputFields"]).iter().chain(&list(&named["enumValues"])) {
            note(field, format!("{name}.{}", field["name"].as_str().unwrap()));
        }
    }
    assert!(silent.is_empty(), "without a description: {silent:#?}");
}
