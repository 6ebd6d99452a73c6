//! Hundreds of real webhook bodies: the examples of the npm package `@octokit/webhooks-examples`.

use std::collections::HashSet;
use std::fs;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::assets;

/// The package has one list for github.com and one for each version of the enterprise server.
const LISTS: &[&str] = &["api.github.com", "ghes-31", "ghes-32", "ghes-33", "ghes-34", "ghes-35"];

/// One real body.
#[derive(Debug, Clone)]
pub struct Example {
    /// The event type to publish it under: `github.<event>`.
    pub event_type: String,
    /// The body as it stands in the package, line breaks and all.
    pub data: Box<RawValue>,
}

/// Every example, in the order of the package, without those that repeat another byte for byte.
pub fn examples() -> Vec<Example> {
    let mut seen = HashSet::new();
    let mut examples: Vec<_> = LISTS.iter().flat_map(|list| read(list)).collect();
    examples.retain(|example| seen.insert((example.event_type.clone(), example.data.get().to_owned())));
    examples
}

fn read(list: &str) -> Vec<Example> {
    #[derive(Deserialize)]
    struct Kind {
        name: String,
        examples: Vec<Box<RawValue>>,
    }
    let file = assets::npm(&format!("@octokit/webhooks-examples/{list}/index.json"));
    let text = fs::read_to_string(&file).expect("an installed package can be read");
    let kinds: Vec<Kind> = serde_json::from_str(&text).expect("the package holds lists of examples by kind");
    let of_kind = |kind: Kind| {
        let event_type = format!("github.{}", kind.name);
        kind.examples.into_iter().map(move |data| Example { event_type: event_type.clone(), data })
    };
    kinds.into_iter().flat_map(of_kind).collect()
}
