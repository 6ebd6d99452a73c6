//! A registered event type, as it is told and as it is published by.

use std::fmt;
use std::sync::{Arc, OnceLock};

use catalog::{Mapping, Problem, Schema};
use domain::event_type::{Deprecation, Mode, Origin, VersionSpec};
use domain::{Description, EventType, Sequence, Timestamp};

/// A registered event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTypeEntry {
    /// Its name.
    pub name: EventType,
    /// What it means.
    pub description: Description,
    /// Whose versions it has.
    pub origin: Origin,
    /// Whether it may no longer be published.
    pub archived: bool,
    /// How its data is validated.
    pub mode: Mode,
    /// What should not be used any more.
    pub deprecations: Vec<Deprecation>,
    /// Its versions, from 1 on; none if its data is whatever it is.
    pub versions: Vec<Arc<VersionEntry>>,
    /// When it was registered first.
    pub registered_at: Timestamp,
    /// What the next change expects; 0 of a type of the platform that the tenant has not touched.
    pub version: Sequence,
}

impl EventTypeEntry {
    /// The version with this number.
    pub fn version(&self, number: u32) -> Option<&Arc<VersionEntry>> {
        self.versions.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// What was said of a version, or of the whole type.
    pub fn deprecation(&self, version: u32) -> Option<&Deprecation> {
        let of = |wanted| self.deprecations.iter().find(|one| one.version == wanted);
        of(Some(version)).or_else(|| of(None))
    }
}

/// A version of an event type. Its schema is compiled when it is first asked, once for everybody who sees it.
pub struct VersionEntry {
    /// What is recorded of it.
    pub spec: VersionSpec,
    /// What its schema is called.
    pub schema_name: Arc<str>,
    /// When it was registered.
    pub registered_at: Timestamp,
    schema: OnceLock<Option<Schema>>,
    mapping: OnceLock<Option<Mapping>>,
}

impl VersionEntry {
    pub(super) fn new(name: &EventType, spec: VersionSpec, registered_at: Timestamp) -> Self {
        let schema_name = spec.schema_name(name);
        Self { spec, schema_name, registered_at, schema: OnceLock::new(), mapping: OnceLock::new() }
    }

    /// The compiled schema. None if it cannot be compiled, which was ruled out when it was recorded.
    pub fn schema(&self) -> Option<&Schema> {
        self.schema.get_or_init(|| self.spec.compile().ok()).as_ref()
    }

    /// The compiled mapping, if there is one.
    pub fn mapping(&self) -> Option<&Mapping> {
        self.mapping.get_or_init(|| self.spec.compile_mapping().ok().flatten()).as_ref()
    }

    /// What is wrong with `data`; nothing if it is valid.
    pub fn validate(&self, data: &str) -> Vec<Problem> {
        self.schema().map_or_else(Vec::new, |schema| schema.validate(data))
    }
}

/// Two are the same if the same is recorded of them.
impl PartialEq for VersionEntry {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

impl Eq for VersionEntry {}

impl fmt::Debug for VersionEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VersionEntry").field("schema", &self.schema_name).finish_non_exhaustive()
    }
}
