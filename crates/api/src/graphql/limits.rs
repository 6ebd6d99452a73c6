//! What one GraphQL request may cost, limit by limit.
//!
//! The first ones hold before anything is parsed, the next ones before anything is validated, the last ones while it
//! runs. Each has a name that the refusal repeats, so that whoever meets one knows what to make smaller.

use std::time::Duration;

/// The limits of the GraphQL front. The defaults let the full introspection query pass with room to spare.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most bytes of a request body.
    pub body_bytes_max: usize,
    /// The most operations that one request may carry as a list.
    pub batch_max: usize,
    /// The most tokens of a document: names, numbers, texts, punctuators.
    pub tokens_max: usize,
    /// The deepest nesting of braces, brackets and parentheses. Keeps the parser's stack small.
    pub brackets_max: usize,
    /// The most operations that a document may define.
    pub operations_max: usize,
    /// The most fragments that a document may define.
    pub fragments_max: usize,
    /// The most aliases in a document.
    pub aliases_max: usize,
    /// The most directives in a document.
    pub directives_max: usize,
    /// The deepest nesting of fields, after fragments are put in place.
    pub depth_max: usize,
    /// The most selections, after fragments are put in place as often as they are used.
    pub selections_max: u64,
    /// The most fields at the root of an operation, after fragments are put in place.
    pub root_fields_max: u64,
    /// The highest complexity: fields, each times the length of the lists that it stands in.
    pub complexity_max: usize,
    /// How long the operations of a request may run together.
    pub deadline: Duration,
    /// The most bytes of event data, metadata and response bodies that a request may load.
    pub loaded_bytes_max: usize,
    /// The most errors that one response names.
    pub errors_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 1024 * 1024,
            batch_max: 10,
            tokens_max: 5_000,
            brackets_max: 64,
            operations_max: 10,
            fragments_max: 100,
            aliases_max: 100,
            directives_max: 100,
            depth_max: 20,
            selections_max: 2_000,
            root_fields_max: 20,
            complexity_max: 20_000,
            deadline: Duration::from_secs(10),
            loaded_bytes_max: 16 * 1024 * 1024,
            errors_max: 20,
        }
    }
}
