//! Whether the variables that an operation needs were given.

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::{Positioned, Value, Variables};

/// Why an operation cannot start with what was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CannotStart {
    /// Several operations and no name.
    #[error("the document defines several operations: say which with \"operationName\"")]
    NameMissing,
    /// A name that the document does not define.
    #[error("the document does not define the operation \"{name}\"")]
    NameUnknown {
        /// The name, shortened.
        name: String,
    },
    /// A variable without a value.
    #[error("the variable \"${name}\" of type \"{wanted}\" needs a value")]
    VariableMissing {
        /// The variable.
        name: String,
        /// Its type.
        wanted: String,
    },
}

/// The operation that is to be executed.
pub(crate) fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, CannotStart> {
    let unknown = |name: &str| CannotStart::NameUnknown { name: name.chars().take(64).collect() };
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(operation),
        (DocumentOperations::Single(_), Some(name)) => Err(unknown(name)),
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name).ok_or_else(|| unknown(name)),
        (DocumentOperations::Multiple(all), None) => {
            let mut all = all.values();
            match (all.next(), all.next()) {
                (Some(only), None) => Ok(only),
                _ => Err(CannotStart::NameMissing),
            }
        }
    }
}

/// Finds the operation and checks that every variable that may not be null has a value.
///
/// Types of values are the validation's matter; a missing value it would only notice in the middle of execution.
pub(crate) fn check_variables<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
    variables: &Variables,
) -> Result<&'a Positioned<OperationDefinition>, CannotStart> {
    let operation = operation(document, name)?;
    for definition in &operation.node.variable_definitions {
        let definition = &definition.node;
        let given = variables.get(&definition.name.node);
        let missing = match given {
            None => definition.default_value.is_none(),
            Some(value) => *value == Value::Null,
        };
        if missing && !definition.var_type.node.nullable {
            return Err(CannotStart::VariableMissing {
                name: definition.name.node.to_string(),
                wanted: definition.var_type.node.to_string(),
            });
        }
    }
    Ok(operation)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn check(text: &str, name: Option<&str>, variables: serde_json::Value) -> Result<(), CannotStart> {
        let document = parse_query(text).expect("a test's document");
        check_variables(&document, name, &Variables::from_json(variables)).map(|_| ())
    }

    #[test]
    fn a_variable_that_may_not_be_null_needs_a_value_or_a_default() {
        let missing = Err(CannotStart::VariableMissing { name: "id".into(), wanted: "ID!".into() });
        assert_eq!(check("query($id: ID!) { x }", None, json!({})), missing);
        assert_eq!(check("query($id: ID!) { x }", None, json!({ "id": null })), missing);
        assert_eq!(check("query($id: ID! = \"a\") { x }", None, json!({})), Ok(()));
        assert_eq!(check("query($id: ID) { x }", None, json!({})), Ok(()));
    }

    #[test]
    fn an_operation_is_named_if_there_are_several() {
        let two = "query a { x } query b { x }";
        assert_eq!(check(two, None, json!({})), Err(CannotStart::NameMissing));
        assert_eq!(check(two, Some("b"), json!({})), Ok(()));
        assert_eq!(check(two, Some("c"), json!({})), Err(CannotStart::NameUnknown { name: "c".into() }));
        assert_eq!(check("query a { x }", None, json!({})), Ok(()));
        assert_eq!(check("{ x }", Some("a"), json!({})), Err(CannotStart::NameUnknown { name: "a".into() }));
    }
}
