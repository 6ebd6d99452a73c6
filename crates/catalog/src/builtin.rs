//! The types of event that the platform itself publishes, as they stand in `schemas/events`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

mod files {
    include!(concat!(env!("OUT_DIR"), "/builtin.rs"));
}

/// A built-in type.
#[derive(Debug, Clone)]
pub struct BuiltinType {
    /// Its name, such as `benchmark.completed`.
    pub name: &'static str,
    /// What it is called.
    pub title: String,
    /// What it means.
    pub description: String,
    /// When it is sent.
    pub sent_when: String,
    /// Its versions, from 1 on.
    pub versions: Vec<BuiltinVersion>,
}

/// A version of a built-in type.
#[derive(Debug, Clone, Copy)]
pub struct BuiltinVersion {
    /// Its number.
    pub number: u32,
    /// The schema of its data.
    pub schema: &'static str,
    /// The mapping from the version before and back; none for the first one.
    pub mapping: Option<&'static str>,
}

/// What `type.json` says.
#[derive(Deserialize)]
struct About {
    title: String,
    description: String,
    sent_when: String,
}

/// Every built-in type, in the order of the names.
pub fn types() -> &'static [BuiltinType] {
    static TYPES: LazyLock<Vec<BuiltinType>> = LazyLock::new(|| files::TYPES.iter().map(read).collect());
    &TYPES
}

/// The parts that their schemas share, by `<name>/v<N>`. Schemas of tenants may refer to them as well.
pub fn shared_parts() -> &'static BTreeMap<String, Arc<str>> {
    static PARTS: LazyLock<BTreeMap<String, Arc<str>>> = LazyLock::new(|| {
        files::SHARED.iter().map(|(name, text)| ((*name).to_owned(), Arc::from(*text))).collect()
    });
    &PARTS
}

fn read((name, about, versions): &(&'static str, &'static str, &[files::Version])) -> BuiltinType {
    let About { title, description, sent_when } =
        serde_json::from_str(about).expect("a test reads every type.json before it is shipped");
    let versions = versions.iter().map(|(number, schema, mapping)| BuiltinVersion {
        number: *number,
        schema,
        mapping: *mapping,
    });
    BuiltinType { name, title, description, sent_when, versions: versions.collect() }
}
