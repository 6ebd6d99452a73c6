//! The event types that there are, in memory: asked once for each event that is published.
//!
//! A tenant sees its own types and those of the platform. One of its own hides the platform's of the same name; one that it
//! adopted has the platform's versions and the tenant's wishes.

mod entry;
mod folded;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use domain::event_type::{self, Mode, Origin, PLATFORM};
use domain::versions::Versions;
use domain::{EventType, TenantId};
use ledger::Record;

pub use entry::{EventTypeEntry, VersionEntry};
use folded::Folded;

/// The fold of the records of event types.
#[derive(Debug, Default)]
pub struct Catalog(RwLock<Folded>);

/// Whether a type may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Open,
    /// It may no longer.
    Archived,
    /// Nobody registered it.
    Unknown,
}

/// What publishing goes by: a version of a type, and how strictly its data is validated.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) mode: Mode,
    /// None if the type has no versions: then its data is whatever it is.
    pub(crate) version: Option<Arc<VersionEntry>>,
    /// What publishers are told although nothing is wrong.
    pub(crate) deprecated: Option<event_type::Deprecation>,
}

/// Why there is no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRule {
    Unknown,
    Archived,
    /// The type has versions up to this one, and not the one that is asked for.
    Version {
        newest: u32,
    },
}

impl Catalog {
    /// Whether `tenant` may publish events of this type.
    pub fn is_open(&self, tenant: TenantId, name: &EventType) -> bool {
        self.of(tenant).standing(name) == Standing::Open
    }

    /// The types that one tenant sees, held still while many are asked about.
    pub(crate) fn of(&self, tenant: TenantId) -> TenantTypes<'_> {
        TenantTypes { all: self.read(), tenant }
    }

    /// How many types `tenant` registered, archived ones included.
    pub(crate) fn count(&self, tenant: TenantId) -> usize {
        self.read().of(tenant).map_or(0, BTreeMap::len)
    }

    /// The type of this name as the tenant sees it, archived or not.
    pub(crate) fn get(&self, tenant: TenantId, name: &EventType) -> Option<EventTypeEntry> {
        self.read().seen(tenant, name)
    }

    /// The type of this name as the tenant registered it or wishes it, archived or not.
    pub(crate) fn own(&self, tenant: TenantId, name: &EventType) -> Option<EventTypeEntry> {
        self.read().own(tenant, name).cloned()
    }

    /// The platform's type of this name.
    pub(crate) fn of_platform(&self, name: &EventType) -> Option<EventTypeEntry> {
        self.own(PLATFORM, name)
    }

    /// The types that `tenant` sees after `after`, in the order of their names.
    pub(crate) fn list(
        &self,
        tenant: TenantId,
        after: Option<&EventType>,
        limit: usize,
    ) -> Vec<EventTypeEntry> {
        self.read().list(tenant, after, limit)
    }

    /// The versions of all types, for casting.
    pub(crate) fn versions(&self) -> Arc<Versions> {
        self.read().versions.clone()
    }

    /// Folds one more record of an event type.
    pub(crate) fn apply(&self, record: &Record, event: &event_type::Event) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).apply(record, event);
    }

    fn read(&self) -> RwLockReadGuard<'_, Folded> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The types that one tenant sees, while nobody changes them.
pub(crate) struct TenantTypes<'a> {
    all: RwLockReadGuard<'a, Folded>,
    tenant: TenantId,
}

impl TenantTypes<'_> {
    /// Whether events of this type may be published.
    pub(crate) fn standing(&self, name: &EventType) -> Standing {
        let entry = self.all.own(self.tenant, name).or_else(|| self.all.own(PLATFORM, name));
        match entry {
            None => Standing::Unknown,
            Some(entry) if entry.archived => Standing::Archived,
            Some(_) => Standing::Open,
        }
    }

    /// What an event of this type and version goes by.
    pub(crate) fn rule(&self, name: &EventType, version: u32) -> Result<Rule, NoRule> {
        let (own, platform) = (self.all.own(self.tenant, name), self.all.own(PLATFORM, name));
        let entry = own.or(platform).ok_or(NoRule::Unknown)?;
        let adopted = own.is_some_and(|own| own.origin == Origin::Platform);
        let versioned = if adopted { platform.unwrap_or(entry) } else { entry };
        if entry.archived {
            return Err(NoRule::Archived);
        }
        if versioned.versions.is_empty() {
            return Ok(Rule {
                mode: Mode::Off,
                version: None,
                deprecated: entry.deprecation(version).cloned(),
            });
        }
        let found = versioned.version(version).cloned();
        let newest = versioned.versions.last().map_or(0, |newest| newest.spec.number);
        Ok(Rule {
            mode: entry.mode,
            version: Some(found.ok_or(NoRule::Version { newest })?),
            deprecated: entry.deprecation(version).or_else(|| versioned.deprecation(version)).cloned(),
        })
    }
}
