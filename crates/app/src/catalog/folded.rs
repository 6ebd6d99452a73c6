//! What the records of event types tell, and what a tenant sees of it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use domain::event_type::{Deprecation, Event, Mode, Origin, PLATFORM};
use domain::versions::Versions;
use domain::{EventType, Sequence, StreamId, TenantId};
use ledger::Record;

use super::entry::{EventTypeEntry, VersionEntry};

type ByName = BTreeMap<EventType, EventTypeEntry>;

#[derive(Debug, Default)]
pub(super) struct Folded {
    tenants: HashMap<TenantId, ByName>,
    /// Records after the first name the type by its stream alone.
    names: HashMap<StreamId, EventType>,
    /// The same versions, as casting needs them.
    pub(super) versions: Arc<Versions>,
}

impl Folded {
    /// What `tenant` registered itself.
    pub(super) fn of(&self, tenant: TenantId) -> Option<&ByName> {
        self.tenants.get(&tenant)
    }

    pub(super) fn own(&self, tenant: TenantId, name: &EventType) -> Option<&EventTypeEntry> {
        self.of(tenant)?.get(name)
    }

    /// A type as `tenant` sees it.
    pub(super) fn seen(&self, tenant: TenantId, name: &EventType) -> Option<EventTypeEntry> {
        merged(self.own(tenant, name), self.own(PLATFORM, name))
    }

    /// The types that `tenant` sees after `after`, in the order of their names.
    pub(super) fn list(
        &self,
        tenant: TenantId,
        after: Option<&EventType>,
        limit: usize,
    ) -> Vec<EventTypeEntry> {
        let from = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let range = |tenant| self.of(tenant).into_iter().flat_map(|types| types.range::<EventType, _>(from));
        let (mut own, mut platform) = (range(tenant).peekable(), range(PLATFORM).peekable());
        let mut listed = Vec::new();
        while listed.len() < limit {
            let name = match (own.peek(), platform.peek()) {
                (None, None) => break,
                (Some((name, _)), None) | (None, Some((name, _))) => (*name).clone(),
                (Some((one, _)), Some((other, _))) => (*one).min(*other).clone(),
            };
            let own = own.next_if(|(next, _)| **next == name).map(|(_, entry)| entry);
            let platform = platform.next_if(|(next, _)| **next == name).map(|(_, entry)| entry);
            listed.extend(merged(own, platform));
        }
        listed
    }

    /// Folds one more record.
    pub(super) fn apply(&mut self, record: &Record, event: &Event) {
        Arc::make_mut(&mut self.versions).apply(record.tenant, record.stream.uuid, record.position, event);
        let types = self.tenants.entry(record.tenant).or_default();
        if let Event::Registered { name, description, origin } = event {
            let entry = EventTypeEntry {
                name: name.clone(),
                description: description.clone(),
                origin: *origin,
                archived: false,
                mode: Mode::default(),
                deprecations: Vec::new(),
                versions: Vec::new(),
                registered_at: record.recorded_at,
                version: record.sequence,
            };
            self.names.insert(record.stream, name.clone());
            types.insert(name.clone(), entry);
            return;
        }
        let Some(entry) = self.names.get(&record.stream).and_then(|name| types.get_mut(name)) else { return };
        entry.version = record.sequence;
        match event {
            Event::Registered { .. } => {}
            Event::Described { description } => entry.description = description.clone(),
            Event::VersionAdded { version } => {
                let version = VersionEntry::new(&entry.name, (**version).clone(), record.recorded_at);
                entry.versions.push(Arc::new(version));
            }
            Event::Deprecated { version, sunset, note } => {
                entry.deprecations.retain(|other| other.version != *version);
                entry.deprecations.push(Deprecation {
                    version: *version,
                    sunset: *sunset,
                    note: note.clone(),
                });
            }
            Event::ValidationSet { mode } => entry.mode = *mode,
            Event::Archived { .. } => entry.archived = true,
            Event::Restored => entry.archived = false,
        }
    }
}

/// What a tenant sees of a type that it has, or the platform, or both.
fn merged(own: Option<&EventTypeEntry>, platform: Option<&EventTypeEntry>) -> Option<EventTypeEntry> {
    match (own, platform) {
        (None, None) => None,
        (Some(own), None) => Some(own.clone()),
        (None, Some(platform)) => {
            Some(EventTypeEntry { version: Sequence::NONE, origin: Origin::Platform, ..platform.clone() })
        }
        (Some(own), Some(platform)) if own.origin == Origin::Platform => {
            let mut entry = own.clone();
            entry.versions.clone_from(&platform.versions);
            entry.deprecations.extend(platform.deprecations.iter().cloned());
            Some(entry)
        }
        (Some(own), Some(_)) => Some(own.clone()),
    }
}
