//! Which subscriptions want an event: a pure function of the ledger.
//!
//! The *router* folds subscription records in ledger order. Asked about an event at position *p* after it has folded
//! everything before *p*, it names the subscriptions that take events then and whose types and filter accept it.
//! The engine and the queue view share it, so that both see the same deliveries.

use hashbrown::HashMap;
use rules::{EventType, Explanation, Filter, ParsedEvent, TypePattern};
use serde::Serialize;

use crate::decider::{Decider, Versioned};
use crate::event::Published;
use crate::id::{SubscriptionId, TenantId};
use crate::subscription::{Event, Live, Status, Subscription};

/// The subscriptions of all tenants, indexed by the types that they want.
#[derive(Debug, Clone, Default)]
pub struct Router {
    subscriptions: HashMap<SubscriptionId, Entry>,
    wanted: HashMap<TenantId, Wanted>,
}

/// The subscriptions of one tenant by the types that they want, so that those which want others cost nothing.
#[derive(Debug, Clone, Default)]
struct Wanted {
    exact: HashMap<String, Listed>,
    below: HashMap<String, Listed>,
    all: Listed,
}

impl Wanted {
    fn insert(&mut self, pattern: &TypePattern, filter: Option<&Filter>, id: SubscriptionId) {
        let listed = match pattern {
            TypePattern::Exact(name) => self.exact.entry(name.as_str().to_owned()).or_default(),
            TypePattern::Below(family) => self.below.entry(family.as_str().to_owned()).or_default(),
            TypePattern::All => &mut self.all,
        };
        listed.insert(filter, id);
    }

    fn remove(&mut self, pattern: &TypePattern, filter: Option<&Filter>, id: SubscriptionId) {
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

    fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.below.is_empty() && self.all.is_empty()
    }

    /// Those that want `event_type` and may accept `event`, in order, once each.
    fn candidates(&self, event_type: &EventType, event: &ParsedEvent<'_>) -> Vec<SubscriptionId> {
        let mut candidates = Vec::new();
        let exact = self.exact.get(event_type.as_str()).into_iter();
        let below = event_type.parents().filter_map(|family| self.below.get(family));
        for listed in exact.chain(below).chain([&self.all]) {
            listed.candidates(event, &mut candidates);
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

    fn candidates(&self, event: &ParsedEvent<'_>, out: &mut Vec<SubscriptionId>) {
        out.extend(&self.open);
        for Demanding { place, by_text } in self.demanding.values() {
            let found = place.demand().and_then(|demand| demand.found(event));
            out.extend(found.and_then(|text| by_text.get(&*text)).into_iter().flatten());
        }
    }

    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.demanding.is_empty()
    }
}

/// A subscription that the router knows.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its state and version.
    pub subscription: Versioned<Subscription>,
}

impl Entry {
    /// The subscription, if it was not deleted.
    pub const fn live(&self) -> Option<&Live> {
        self.subscription.state.live()
    }
}

impl Router {
    /// Folds one more record of a subscription.
    pub fn apply(&mut self, tenant: TenantId, id: SubscriptionId, event: &Event) {
        if matches!(event, Event::Deleted) {
            self.unlist(id);
            self.subscriptions.remove(&id);
            return;
        }
        let relist = changes_index(event);
        if relist {
            self.unlist(id);
        }
        let entry = self
            .subscriptions
            .entry(id)
            .or_insert_with(|| Entry { tenant, subscription: Versioned::default() });
        entry.subscription.apply(event);
        if relist {
            self.list(id);
        }
    }

    /// The subscription with this id, if it exists.
    pub fn get(&self, id: SubscriptionId) -> Option<&Entry> {
        self.subscriptions.get(&id)
    }

    /// How many subscriptions there are.
    pub fn len(&self) -> usize {
        self.subscriptions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.subscriptions.is_empty()
    }

    /// Every subscription, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (SubscriptionId, &Entry)> {
        self.subscriptions.iter().map(|(id, entry)| (*id, entry))
    }

    /// The subscriptions of `tenant` that want `event`, in the order of their ids.
    pub fn route(&self, tenant: TenantId, event: &Published) -> Vec<SubscriptionId> {
        let Some(wanted) = self.wanted.get(&tenant) else { return Vec::new() };
        let parsed = event.for_filters();
        let mut candidates = wanted.candidates(&event.event_type, &parsed);
        candidates.retain(|id| {
            let live = self.subscriptions.get(id).and_then(Entry::live);
            match live.map(|live| live.settings.filter.as_ref()) {
                None => false,
                Some(None) => true,
                Some(Some(filter)) => filter.matches(&parsed),
            }
        });
        candidates
    }

    fn list(&mut self, id: SubscriptionId) {
        let Some(entry) = self.subscriptions.get(&id) else { return };
        let Some(live) = entry.live().filter(|live| live.takes_events()) else { return };
        let wanted = self.wanted.entry(entry.tenant).or_default();
        for pattern in live.settings.event_types.patterns() {
            wanted.insert(pattern, live.settings.filter.as_ref(), id);
        }
    }

    fn unlist(&mut self, id: SubscriptionId) {
        let Some(entry) = self.subscriptions.get(&id) else { return };
        let (Some(live), Some(wanted)) = (entry.live(), self.wanted.get_mut(&entry.tenant)) else { return };
        for pattern in live.settings.event_types.patterns() {
            wanted.remove(pattern, live.settings.filter.as_ref(), id);
        }
        if wanted.is_empty() {
            self.wanted.remove(&entry.tenant);
        }
    }
}

/// Whether `event` changes which events may match, and so the index.
const fn changes_index(event: &Event) -> bool {
    match event {
        Event::Created { .. }
        | Event::EventTypesChanged { .. }
        | Event::FilterChanged { .. }
        | Event::Activated
        | Event::Disabled { .. }
        | Event::Deleted => true,
        Event::EndpointChanged { .. }
        | Event::HeadersChanged { .. }
        | Event::RetryPolicyChanged { .. }
        | Event::LimitsChanged { .. }
        | Event::DescriptionChanged { .. }
        | Event::MetadataChanged { .. }
        | Event::SecretRotated { .. }
        | Event::SecretRevoked { .. }
        | Event::Failing { .. }
        | Event::DisableWarned { .. }
        | Event::Recovered
        | Event::Paused { .. }
        | Event::Resumed => false,
    }
}

impl Published {
    /// The event as filters see it.
    pub fn for_filters(&self) -> rules::ParsedEvent<'_> {
        rules::ParsedEvent::new(rules::Event {
            event_type: self.event_type.as_str(),
            version: self.version,
            source: self.source.as_str(),
            data: self.data.as_str(),
            metadata: self.metadata.as_ref().map_or("", |metadata| metadata.as_str()),
        })
    }
}

/// Why an event did, or did not, lead to a delivery to a subscription.
#[derive(Debug, Clone, Serialize)]
pub struct MatchReport {
    /// Whether there is a delivery.
    pub matched: bool,
    /// Whether the subscription took events when the event was recorded.
    pub took_events: Result<(), NotTaking>,
    /// Whether one of the wanted types accepts the event's.
    pub type_matched: bool,
    /// What the filter made of the event, if there is one.
    pub filter: Option<Explanation>,
}

/// Why a subscription took no events at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotTaking {
    /// It had not been created yet.
    NotYetCreated,
    /// It was disabled.
    Disabled,
    /// It had been deleted.
    Deleted,
}

/// Explains whether `event` matched, given the subscription as it was when the event was recorded.
pub fn explain(subscription: &Subscription, event: &Published) -> MatchReport {
    let took_events = match subscription {
        Subscription::Unborn => Err(NotTaking::NotYetCreated),
        Subscription::Deleted => Err(NotTaking::Deleted),
        Subscription::Live(live) if matches!(live.status, Status::Disabled(_)) => Err(NotTaking::Disabled),
        Subscription::Live(_) => Ok(()),
    };
    let settings = subscription.live().map(|live| &live.settings);
    let type_matched = settings.is_some_and(|settings| settings.event_types.accept(&event.event_type));
    let filter = settings
        .and_then(|settings| settings.filter.as_ref())
        .map(|filter| filter.explain(&event.for_filters()));
    let matched = took_events.is_ok() && type_matched && filter.as_ref().is_none_or(|filter| filter.matched);
    MatchReport { matched, took_events, type_matched, filter }
}

/// The subscription as it was after these records, oldest first.
pub fn as_of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Subscription {
    events.into_iter().fold(Subscription::default(), Subscription::evolve)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::subscription::DisableReason;
    use crate::testing::{created, published};

    const ACME: TenantId = TenantId::from_uuid(Uuid::from_u128(1));
    const OTHER: TenantId = TenantId::from_uuid(Uuid::from_u128(2));

    fn id(n: u128) -> SubscriptionId {
        SubscriptionId::from_uuid(Uuid::from_u128(n))
    }

    fn router(subscriptions: &[(u128, &[&str], Option<&str>)]) -> Router {
        let mut router = Router::default();
        for (n, types, filter) in subscriptions {
            router.apply(ACME, id(*n), &created(types, *filter));
        }
        router
    }

    #[test]
    fn an_event_goes_to_those_that_want_its_type_once_each() {
        let router = router(&[
            (1, &["benchmark.completed"], None),
            (2, &["benchmark.*", "*", "benchmark.completed"], None),
            (3, &["test.*"], None),
            (4, &["benchmark.completed.*"], None),
        ]);
        assert_eq!(router.route(ACME, &published("benchmark.completed", "{}")), [id(1), id(2)]);
    }

    #[test]
    fn a_filter_decides_among_those() {
        let fast = r#"{"path":"data.ms","lt":10}"#;
        let router = router(&[(1, &["*"], Some(fast)), (2, &["*"], None)]);
        assert_eq!(router.route(ACME, &published("test.passed", r#"{"ms":5}"#)), [id(1), id(2)]);
        assert_eq!(router.route(ACME, &published("test.passed", r#"{"ms":50}"#)), [id(2)]);
    }

    #[test]
    fn those_that_demand_a_text_are_found_by_it_until_their_filter_changes() {
        let project = |name| format!(r#"{{"path":"data.project","equals":"{name}"}}"#);
        let (apollo, gemini) = (project("apollo"), project("gemini"));
        let either =
            r#"{"and":[{"path":"data.ms","lt":10},{"path":"data.project","in":["apollo","gemini"]}]}"#;
        let mut router =
            router(&[(1, &["*"], Some(&apollo)), (2, &["*"], Some(&gemini)), (3, &["*"], Some(either))]);
        let event =
            |project, ms| published("test.passed", &format!(r#"{{"project":"{project}","ms":{ms}}}"#));
        assert_eq!(router.route(ACME, &event("apollo", 5)), [id(1), id(3)]);
        assert_eq!(router.route(ACME, &event("gemini", 50)), [id(2)]);
        assert_eq!(router.route(ACME, &published("test.passed", "{}")), []);
        let filter = Some(rules::Filter::parse(&gemini).unwrap());
        router.apply(ACME, id(1), &Event::FilterChanged { filter });
        assert_eq!(router.route(ACME, &event("apollo", 50)), []);
        assert_eq!(router.route(ACME, &event("gemini", 50)), [id(1), id(2)]);
        router.apply(ACME, id(1), &Event::FilterChanged { filter: None });
        assert_eq!(router.route(ACME, &event("apollo", 50)), [id(1)]);
        for n in 1..=3 {
            router.apply(ACME, id(n), &Event::Deleted);
        }
        assert!(router.is_empty() && router.wanted.is_empty());
    }

    #[test]
    fn nothing_crosses_tenants() {
        assert_eq!(router(&[(1, &["*"], None)]).route(OTHER, &published("test.passed", "{}")), []);
    }

    #[test]
    fn a_disabled_or_deleted_subscription_takes_nothing_until_it_is_activated() {
        let mut router = router(&[(1, &["*"], None)]);
        let event = published("test.passed", "{}");
        router.apply(ACME, id(1), &Event::Disabled { reason: DisableReason::EndpointGone });
        assert_eq!(router.route(ACME, &event), []);
        router.apply(ACME, id(1), &Event::Activated);
        assert_eq!(router.route(ACME, &event), [id(1)]);
        router.apply(ACME, id(1), &Event::Deleted);
        assert_eq!(router.route(ACME, &event), []);
        assert!(router.is_empty() && router.wanted.is_empty());
    }

    #[test]
    fn the_explanation_agrees_with_the_route_and_says_why() {
        let subscription = as_of([&created(&["test.*"], Some(r#"{"path":"data.ms","lt":10}"#))]);
        assert!(explain(&subscription, &published("test.passed", r#"{"ms":5}"#)).matched);
        let slow = explain(&subscription, &published("test.passed", r#"{"ms":50}"#));
        assert!(!slow.matched && slow.type_matched && !slow.filter.unwrap().matched);
        let other = explain(&subscription, &published("user.created", r#"{"ms":5}"#));
        assert!(!other.matched && !other.type_matched);
        assert_eq!(
            explain(&Subscription::Deleted, &published("test.passed", "{}")).took_events,
            Err(NotTaking::Deleted)
        );
    }
}
