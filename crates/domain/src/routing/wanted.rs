//! The subscriptions of a tenant, indexed so that those which cannot want an event cost nothing.

use hashbrown::HashMap;
use rules::{EventType, Filter, ParsedEvent, TypePattern};

use crate::id::SubscriptionId;

/// The subscriptions of one tenant by the types that they want, so that those which want others cost nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    exact: HashMap<String, Listed>,
    below: HashMap<String, Listed>,
    all: Listed,
}

impl Wanted {
    pub(super) fn insert(&mut self, pattern: &TypePattern, filter: Option<&Filter>, id: SubscriptionId) {
        let listed = match pattern {
            TypePattern::Exact(name) => self.exact.entry(name.as_str().to_owned()).or_default(),
            TypePattern::Below(family) => self.below.entry(family.as_str().to_owned()).or_default(),
            TypePattern::All => &mut self.all,
        };
        listed.insert(filter, id);
    }

    pub(super) fn remove(&mut self, pattern: &TypePattern, filter: Option<&Filter>, id: SubscriptionId) {
        let (map, name) = match pattern {
            TypePattern::Exact(name) => (&mut self.exact, name),
            TypePattern::Below(family) => (&mut self.below, family),
            TypePattern::All => return self.all.remove(filter, id),
        };
        if let Some(listed) = map.get_mut(name.as_str()) {
            listed.remove(filter, id);
            if listed.is_empty() {
                map.remove(name.as_str());
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.below.is_empty() && self.all.is_empty()
    }

    /// Those that want `event_type` and may accept the event, in order, once each. `latest` is the event at its latest
    /// version, and asked for only if some filter demands something of it; `None` is one that cannot be cast.
    pub(super) fn candidates<'p, 'e: 'p>(
        &self,
        event_type: &EventType,
        latest: impl Fn() -> Option<&'p ParsedEvent<'e>>,
    ) -> Vec<SubscriptionId> {
        let mut candidates = Vec::new();
        let exact = self.exact.get(event_type.as_str()).into_iter();
        let below = event_type.parents().filter_map(|family| self.below.get(family));
        for listed in exact.chain(below).chain([&self.all]) {
            listed.candidates(&latest, &mut candidates);
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}

/// Subscriptions that want the same types. A hundred thousand of them may differ in their filters alone, such as by the
/// name of a project: those that demand a text are found by it, and cost nothing when an event holds another.
#[derive(Debug, Clone, Default)]
struct Listed {
    /// Those that have to be asked.
    open: Vec<SubscriptionId>,
    /// Those whose filter demands a text, by the place where it must be.
    demanding: HashMap<String, Demanding>,
}

/// Subscriptions whose filters demand something of the same place.
#[derive(Debug, Clone)]
struct Demanding {
    /// The filter of one of them, which knows the place.
    place: Filter,
    by_text: HashMap<String, Vec<SubscriptionId>>,
}

impl Listed {
    fn insert(&mut self, filter: Option<&Filter>, id: SubscriptionId) {
        let Some((filter, demand)) = filter.and_then(|filter| Some((filter, filter.demand()?))) else {
            return self.open.push(id);
        };
        let demanding = self
            .demanding
            .entry(demand.path().to_owned())
            .or_insert_with(|| Demanding { place: filter.clone(), by_text: HashMap::new() });
        for text in demand.texts() {
            demanding.by_text.entry(text.to_owned()).or_default().push(id);
        }
    }

    fn remove(&mut self, filter: Option<&Filter>, id: SubscriptionId) {
        let Some(demand) = filter.and_then(Filter::demand) else {
            return self.open.retain(|other| *other != id);
        };
        let Some(demanding) = self.demanding.get_mut(demand.path()) else { return };
        for text in demand.texts() {
            if let Some(alike) = demanding.by_text.get_mut(text) {
                alike.retain(|other| *other != id);
                if alike.is_empty() {
                    demanding.by_text.remove(text);
                }
            }
        }
        if demanding.by_text.is_empty() {
            self.demanding.remove(demand.path());
        }
    }

    fn candidates<'p, 'e: 'p>(
        &self,
        latest: impl Fn() -> Option<&'p ParsedEvent<'e>>,
        out: &mut Vec<SubscriptionId>,
    ) {
        out.extend(&self.open);
        for Demanding { place, by_text } in self.demanding.values() {
            let Some(event) = latest() else {
                out.extend(by_text.values().flatten());
                continue;
            };
            let found = place.demand().and_then(|demand| demand.found(event));
            out.extend(found.and_then(|text| by_text.get(&*text)).into_iter().flatten());
        }
    }

    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.demanding.is_empty()
    }
}
