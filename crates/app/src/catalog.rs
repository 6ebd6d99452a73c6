//! The event types that tenants registered, in memory: asked once for each event that is published.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use domain::{Description, EventType, Sequence, StreamId, TenantId, Timestamp, event_type};
use ledger::Record;

/// The fold of the records of event types.
#[derive(Debug, Default)]
pub struct Catalog(RwLock<HashMap<TenantId, OfTenant>>);

#[derive(Debug, Default)]
struct OfTenant {
    by_name: BTreeMap<EventType, EventTypeEntry>,
    /// Records after the first name the type by its stream alone.
    names: HashMap<StreamId, EventType>,
}

/// A registered event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTypeEntry {
    /// Its name.
    pub name: EventType,
    /// What it means.
    pub description: Description,
    /// Whether it may no longer be published.
    pub archived: bool,
    /// When it was registered first.
    pub registered_at: Timestamp,
    /// What the next change expects.
    pub version: Sequence,
}

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

impl Catalog {
    /// Whether `tenant` may publish events of this type.
    pub fn is_open(&self, tenant: TenantId, name: &EventType) -> bool {
        self.of(tenant).standing(name) == Standing::Open
    }

    /// The types of one tenant, held still while many are asked about.
    pub(crate) fn of(&self, tenant: TenantId) -> TenantTypes<'_> {
        TenantTypes { all: self.read(), tenant }
    }

    /// How many types `tenant` registered, archived ones included.
    pub(crate) fn count(&self, tenant: TenantId) -> usize {
        self.read().get(&tenant).map_or(0, |types| types.by_name.len())
    }

    /// The type of this name, archived or not.
    pub(crate) fn get(&self, tenant: TenantId, name: &EventType) -> Option<EventTypeEntry> {
        self.read().get(&tenant)?.by_name.get(name).cloned()
    }

    /// The types of `tenant` after `after`, in the order of their names.
    pub(crate) fn list(
        &self,
        tenant: TenantId,
        after: Option<&EventType>,
        limit: usize,
    ) -> Vec<EventTypeEntry> {
        let all = self.read();
        let from = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let entries =
            all.get(&tenant).into_iter().flat_map(|types| types.by_name.range::<EventType, _>(from));
        entries.take(limit).map(|(_, entry)| entry.clone()).collect()
    }

    /// Folds one more record of an event type.
    pub(crate) fn apply(&self, record: &Record, event: &event_type::Event) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let OfTenant { by_name, names } = all.entry(record.tenant).or_default();
        if let event_type::Event::Registered { name, description } = event {
            let entry = EventTypeEntry {
                name: name.clone(),
                description: description.clone(),
                archived: false,
                registered_at: record.recorded_at,
                version: record.sequence,
            };
            names.insert(record.stream, name.clone());
            by_name.insert(name.clone(), entry);
            return;
        }
        let Some(entry) = names.get(&record.stream).and_then(|name| by_name.get_mut(name)) else { return };
        entry.version = record.sequence;
        match event {
            event_type::Event::Registered { .. } => {}
            event_type::Event::Described { description } => entry.description = description.clone(),
            event_type::Event::Archived => entry.archived = true,
            event_type::Event::Restored => entry.archived = false,
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<TenantId, OfTenant>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The types of one tenant, while nobody changes them.
pub(crate) struct TenantTypes<'a> {
    all: RwLockReadGuard<'a, HashMap<TenantId, OfTenant>>,
    tenant: TenantId,
}

impl TenantTypes<'_> {
    /// Whether events of this type may be published.
    pub(crate) fn standing(&self, name: &EventType) -> Standing {
        match self.all.get(&self.tenant).and_then(|types| types.by_name.get(name)) {
            None => Standing::Unknown,
            Some(entry) if entry.archived => Standing::Archived,
            Some(_) => Standing::Open,
        }
    }
}
