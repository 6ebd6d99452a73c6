//! Which subscriptions want an event: a pure function of the ledger.
//!
//! The *router* folds subscription records in ledger order. Asked about an event at position *p* after it has folded
//! everything before *p*, it names the subscriptions that take events then and whose types and filter accept it. A filter
//! is asked about the event at the version that its subscription sees; an event is cast once for each such version. One
//! that cannot be cast is nothing that a filter could decline: it is delivered, and the delivery says why it ends.
//! The engine and the queue view share it, so that both see the same deliveries.

mod views;
mod wanted;

use std::cell::LazyCell;
use std::sync::Arc;

use hashbrown::HashMap;
use rules::Explanation;
use serde::Serialize;

use crate::decider::{Decider, Versioned};
use crate::event::Published;
use crate::event_type;
use crate::id::{SubscriptionId, TenantId};
use crate::stream::{Position, StreamKind};
use crate::subscription::{Event, Live, Settings, Status, Subscription};
use crate::versions::{Seen, Versions, View};

use views::Views;
use wanted::Wanted;

/// The kinds of streams that routing goes by.
pub const KINDS: [StreamKind; 2] = [StreamKind::EventType, StreamKind::Subscription];

/// The subscriptions of all tenants, indexed by the types that they want.
#[derive(Debug, Clone, Default)]
pub struct Router {
    subscriptions: HashMap<SubscriptionId, Entry>,
    versions: Arc<Versions>,
    wanted: HashMap<TenantId, Wanted>,
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

    /// Folds one more record of an event type.
    pub fn apply_type(
        &mut self,
        tenant: TenantId,
        stream: uuid::Uuid,
        at: Position,
        event: &event_type::Event,
    ) {
        Arc::make_mut(&mut self.versions).apply(tenant, stream, at, event);
    }

    /// The versions of all event types.
    pub const fn versions(&self) -> &Arc<Versions> {
        &self.versions
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
        // Only filters ask for it.
        let seen = LazyCell::new(|| self.versions.see(tenant, event, View::Latest, Position::END).ok());
        let latest = LazyCell::new(|| seen.as_ref().map(|seen| event.seen_by_filters(seen)));
        let mut candidates = wanted.candidates(&event.event_type, || latest.as_ref());
        let filter = |id: &SubscriptionId| {
            let settings = &self.subscriptions.get(id)?.live()?.settings;
            settings.filter.as_ref().map(|filter| (filter, settings.event_types.view(&event.event_type)))
        };
        let wanted_at = candidates.iter().filter_map(&filter).map(|(_, view)| view);
        let pinned = Views::of(wanted_at.filter(|view| *view != View::Latest), |view| {
            self.versions.see(tenant, event, view, Position::END)
        });
        let pinned = pinned.parsed(event);
        candidates.retain(|id| match filter(id) {
            None => true,
            Some((filter, View::Latest)) => latest.as_ref().is_none_or(|latest| filter.matches(latest)),
            Some((filter, view)) => pinned.accept(view, filter),
        });
        candidates
    }

    fn list(&mut self, id: SubscriptionId) {
        let Some(entry) = self.subscriptions.get(&id) else { return };
        let Some(live) = entry.live().filter(|live| live.takes_events()) else { return };
        let wanted = self.wanted.entry(entry.tenant).or_default();
        for pattern in live.settings.event_types.patterns() {
            wanted.insert(pattern, demanding(live), id);
        }
    }

    fn unlist(&mut self, id: SubscriptionId) {
        let Some(entry) = self.subscriptions.get(&id) else { return };
        let (Some(live), Some(wanted)) = (entry.live(), self.wanted.get_mut(&entry.tenant)) else { return };
        for pattern in live.settings.event_types.patterns() {
            wanted.remove(pattern, demanding(live), id);
        }
        if wanted.is_empty() {
            self.wanted.remove(&entry.tenant);
        }
    }
}

/// The filter by which a subscription may be found: it is asked about events at their latest version alone.
fn demanding(live: &Live) -> Option<&rules::Filter> {
    let Settings { event_types, filter, .. } = &live.settings;
    filter.as_ref().filter(|_| event_types.wanted().iter().all(|wanted| wanted.pin().is_none()))
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
        | Event::FormatChanged { .. }
        | Event::VerificationChanged { .. }
        | Event::EndpointVerified { .. }
        | Event::EndpointNotVerified { .. }
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
    /// The event as filters see it, at some version.
    pub fn seen_by_filters<'s>(&'s self, seen: &'s Seen<'_>) -> rules::ParsedEvent<'s> {
        rules::ParsedEvent::new(rules::Event {
            event_type: self.event_type.as_str(),
            version: seen.version,
            source: self.source.as_str(),
            data: seen.data.as_str(),
            metadata: self.metadata.as_ref().map_or("", |metadata| metadata.as_str()),
        })
    }

    /// The event as it was published.
    pub fn as_published(&self) -> Seen<'_> {
        Seen { version: self.version, data: std::borrow::Cow::Borrowed(&self.data), schema: None }
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
    /// At which version the subscription sees the event.
    pub version: u32,
    /// Why it cannot be cast to that version, if it cannot: then no filter is asked, and the delivery is a dead letter.
    pub not_castable: Option<String>,
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

/// Explains whether `event` of `tenant`, at `position`, matched, given the subscription as it was when the event was
/// recorded.
pub fn explain(
    subscription: &Subscription,
    tenant: TenantId,
    event: &Published,
    (position, versions): (Position, &Versions),
) -> MatchReport {
    let took_events = match subscription {
        Subscription::Unborn => Err(NotTaking::NotYetCreated),
        Subscription::Deleted => Err(NotTaking::Deleted),
        Subscription::Live(live) if matches!(live.status, Status::Disabled(_)) => Err(NotTaking::Disabled),
        Subscription::Live(_) => Ok(()),
    };
    let settings = subscription.live().map(|live| &live.settings);
    let type_matched = settings.is_some_and(|settings| settings.event_types.accept(&event.event_type));
    let view = settings.map_or(View::Latest, |settings| settings.event_types.view(&event.event_type));
    let seen = versions.see(tenant, event, view, position);
    let (version, not_castable) = match &seen {
        Ok(seen) => (seen.version, None),
        Err(refused) => (refused.wanted, Some(refused.to_string())),
    };
    let filter = settings.and_then(|settings| settings.filter.as_ref());
    let filter =
        filter.zip(seen.as_ref().ok()).map(|(filter, seen)| filter.explain(&event.seen_by_filters(seen)));
    let matched = took_events.is_ok() && type_matched && filter.as_ref().is_none_or(|filter| filter.matched);
    MatchReport { matched, took_events, type_matched, version, not_castable, filter }
}

/// The subscription as it was after these records, oldest first.
pub fn as_of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Subscription {
    events.into_iter().fold(Subscription::default(), Subscription::evolve)
}

#[cfg(test)]
mod tests {
    use rules::EventType;
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
    fn a_filter_is_asked_about_the_version_that_its_subscription_sees() {
        let rename = |from: &str, to: &str| {
            format!(
                r#"{{"loses":["-"],"steps":[{{"op":"convert","path":"/{from}","unit":["{from}","{to}"]}},{{"op":"rename","path":"/{from}","to":"{to}"}}]}}"#
            )
        };
        let mapping =
            format!(r#"{{"compatibility":"full","up":{},"down":{}}}"#, rename("ms", "s"), rename("s", "ms"));
        let name = EventType::parse("test.passed").unwrap();
        let version = |number, mapping: Option<&str>| event_type::Event::VersionAdded {
            version: Box::new(event_type::VersionSpec {
                number,
                schema: crate::RawJson::parse("{}").unwrap(),
                shared: std::collections::BTreeMap::new(),
                mapping: mapping.map(|mapping| crate::RawJson::parse(mapping).unwrap()),
            }),
        };
        let seconds = Some(r#"{"path":"data.s","lt":1}"#);
        let millis = Some(r#"{"path":"data.ms","lt":1000}"#);
        let mut router = router(&[
            (1, &["test.passed"], seconds),
            (2, &["test.passed@1"], millis),
            (3, &["test.*"], millis),
            (4, &["test.passed@9"], millis),
        ]);
        let registered = event_type::Event::Registered {
            name,
            description: crate::Description::default(),
            origin: event_type::Origin::Tenant,
        };
        for (at, event) in [registered, version(1, None), version(2, Some(&mapping))].iter().enumerate() {
            router.apply_type(ACME, Uuid::from_u128(7), Position(at as u64), event);
        }
        // Whoever pins a version that there is none of gets a delivery that says so.
        assert_eq!(router.route(ACME, &published("test.passed", r#"{"ms":900}"#)), [id(1), id(2), id(4)]);
        assert_eq!(router.route(ACME, &published("test.passed", r#"{"ms":1900}"#)), [id(4)]);
        let mut newer = published("test.passed", r#"{"s":0.9}"#);
        newer.version = 2;
        assert_eq!(router.route(ACME, &newer), [id(1), id(2), id(4)]);
        let explained = |n| {
            let subscription = &router.get(id(n)).unwrap().subscription.state;
            explain(subscription, ACME, &newer, (Position::END, router.versions()))
        };
        assert_eq!((explained(2).version, explained(2).matched, explained(3).matched), (1, true, false));
        assert!(explained(4).matched && explained(4).not_castable.is_some());
    }

    #[test]
    fn the_explanation_agrees_with_the_route_and_says_why() {
        let versions = Versions::default();
        let explain = |subscription: &Subscription, event: &Published| {
            explain(subscription, ACME, event, (Position::END, &versions))
        };
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
