//! A version that is about to be registered: read, bounded and compiled, and good by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::{Mapping, MappingError, Schema, SchemaError, SharedParts};

use super::VersionSpec;
use crate::json::RawJson;

/// A version whose schema and mapping were compiled.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// What is recorded.
    pub spec: VersionSpec,
    /// Its schema.
    pub schema: Arc<Schema>,
    /// Its mapping; none for the first version.
    pub mapping: Option<Mapping>,
}

/// Two are the same if the same is recorded of them.
impl PartialEq for NewVersion {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

/// Why something cannot be a version of an event type, whatever came before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// The number 0.
    #[error("versions count from 1")]
    Zero,
    /// The schema is none that may be registered.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The mapping is none.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// A first version with a mapping.
    #[error("the first version has no version before it, and so no mapping")]
    MappingOfFirst,
    /// A later version without one.
    #[error(
        "a version says what it promises of the one before: give a mapping, at least {{\"compatibility\": \"none\"}}"
    )]
    MappingMissing,
}

impl VersionError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Zero => "version_zero",
            Self::Schema(error) => error.code(),
            Self::Mapping(_) => "mapping_invalid",
            Self::MappingOfFirst => "mapping_of_first_version",
            Self::MappingMissing => "mapping_missing",
        }
    }
}

impl NewVersion {
    /// Reads and compiles a version; `parts` are the shared parts that its schema may refer to.
    pub fn read(
        number: u32,
        schema: RawJson,
        mapping: Option<RawJson>,
        parts: &dyn SharedParts,
    ) -> Result<Self, VersionError> {
        if number == 0 {
            return Err(VersionError::Zero);
        }
        match (number, &mapping) {
            (1, Some(_)) => return Err(VersionError::MappingOfFirst),
            (2.., None) => return Err(VersionError::MappingMissing),
            _ => {}
        }
        let compiled_mapping = mapping.as_ref().map(|json| Mapping::parse(json.as_str())).transpose()?;
        let compiled = Schema::compile(schema.as_str(), parts)?;
        let part = |name: &String| {
            let text = parts.part(name)?;
            Some((name.clone(), RawJson::parse(text).ok()?))
        };
        let shared: BTreeMap<_, _> = compiled.shared().iter().filter_map(part).collect();
        let spec = VersionSpec { number, schema, shared, mapping };
        Ok(Self { spec, schema: Arc::new(compiled), mapping: compiled_mapping })
    }
}

impl VersionSpec {
    /// Compiles the schema, with nothing but what is recorded.
    pub fn compile(&self) -> Result<Schema, SchemaError> {
        Schema::compile(self.schema.as_str(), &Recorded(&self.shared))
    }

    /// Compiles the mapping, if there is one.
    pub fn compile_mapping(&self) -> Result<Option<Mapping>, MappingError> {
        self.mapping.as_ref().map(|json| Mapping::parse(json.as_str())).transpose()
    }
}

/// The shared parts as they were when the version was registered.
struct Recorded<'a>(&'a BTreeMap<String, RawJson>);

impl SharedParts for Recorded<'_> {
    fn part(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(RawJson::as_str)
    }
}
