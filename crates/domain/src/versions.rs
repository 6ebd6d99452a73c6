//! The versions of all event types as the ledger tells them, and how an event is seen at another version.
//!
//! A pure fold: what an event at position *p* is cast to depends on what was recorded before *p* alone, so that it is the
//! same for every attempt, on every node, after every restart.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use catalog::{Cast, CastError, CastReason, Chain, Mapping};
use rules::EventType;
use uuid::Uuid;

use crate::event::Published;
use crate::event_type::{Event, Origin, PLATFORM, VersionSpec};
use crate::id::TenantId;
use crate::json::RawJson;
use crate::stream::Position;

/// At which version somebody wants to see events of a type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum View {
    /// The newest that the mappings lead to.
    #[default]
    Latest,
    /// This one, whatever comes after it.
    Pinned(u32),
}

/// The versions of all event types.
#[derive(Debug, Clone, Default)]
pub struct Versions {
    types: HashMap<TenantId, HashMap<EventType, Arc<Known>>>,
    /// Records after the first name the type by its stream alone.
    streams: HashMap<Uuid, EventType>,
}

/// The versions of one type.
#[derive(Debug, Default)]
struct Known {
    /// Where the type was registered.
    at: Position,
    versions: Vec<Version>,
    /// Ways that were composed before.
    chains: Mutex<Chains>,
}

/// Ways by where they lead from and to; none where nothing leads.
type Chains = HashMap<(u32, u32), Option<Arc<Chain>>>;

/// A version, as far as casting needs it.
#[derive(Debug, Clone)]
struct Version {
    /// Where it was registered.
    at: Position,
    schema: Arc<str>,
    mapping: Option<Arc<Mapping>>,
}

/// An event at some version.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen<'e> {
    /// Which version.
    pub version: u32,
    /// The data at that version.
    pub data: Cow<'e, RawJson>,
    /// What the schema of that version is called; none if no schema is registered.
    pub schema: Option<Arc<str>>,
}

/// An event cannot be cast to the version at which somebody wants to see it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event is wanted at version {wanted}: {error}")]
pub struct NotCastable {
    /// At which version it is wanted.
    pub wanted: u32,
    /// Why that cannot be.
    #[source]
    pub error: CastError,
}

impl Versions {
    /// Folds one more record of an event type.
    pub fn apply(&mut self, tenant: TenantId, stream: Uuid, position: Position, event: &Event) {
        match event {
            Event::Registered { name, origin, .. } => {
                self.streams.insert(stream, name.clone());
                // A type of its own hides the platform's, from here on.
                if *origin == Origin::Tenant {
                    let known = Known { at: position, versions: Vec::new(), chains: Mutex::default() };
                    self.types.entry(tenant).or_default().insert(name.clone(), Arc::new(known));
                }
            }
            Event::VersionAdded { version } => {
                let Some(name) = self.streams.get(&stream) else { return };
                let Some(known) = self.types.get_mut(&tenant).and_then(|types| types.get_mut(name)) else {
                    return;
                };
                let mut versions = known.versions.clone();
                versions.push(Version::of(name, version, position));
                *known = Arc::new(Known { at: known.at, versions, chains: Mutex::default() });
            }
            Event::Described { .. }
            | Event::Deprecated { .. }
            | Event::ValidationSet { .. }
            | Event::Archived { .. }
            | Event::Restored => {}
        }
    }

    /// The event as somebody with this view sees it, by what was recorded before `before`.
    pub fn see<'e>(
        &self,
        tenant: TenantId,
        event: &'e Published,
        view: View,
        before: Position,
    ) -> Result<Seen<'e>, NotCastable> {
        let known = self.known(tenant, &event.event_type, before);
        let version = target(known, event.version, view, before);
        let schema = known.and_then(|known| known.schema(version, before));
        if version == event.version {
            return Ok(Seen { version, data: Cow::Borrowed(&event.data), schema });
        }
        let refused = |error| NotCastable { wanted: version, error };
        let chain = known.and_then(|known| known.chain(event.version, version, before));
        let chain = chain.ok_or_else(|| refused(no_way(event.version, version)))?;
        let data = match chain.cast(event.data.as_str()).map_err(refused)? {
            Cow::Borrowed(_) => Cow::Borrowed(&event.data),
            Cow::Owned(data) => Cow::Owned(RawJson::parse(&data).expect("what is cast is JSON")),
        };
        Ok(Seen { version, data, schema })
    }

    /// Likewise, with the steps on the way: what was done and what was not.
    pub fn trace(
        &self,
        tenant: TenantId,
        event: &Published,
        view: View,
        before: Position,
    ) -> Result<(Seen<'static>, Vec<Leg>), NotCastable> {
        let known = self.known(tenant, &event.event_type, before);
        let version = target(known, event.version, view, before);
        let schema = known.and_then(|known| known.schema(version, before));
        if version == event.version {
            return Ok((Seen { version, data: Cow::Owned(event.data.clone()), schema }, Vec::new()));
        }
        let refused = |error| NotCastable { wanted: version, error };
        let chain = known.and_then(|known| known.chain(event.version, version, before));
        let chain = chain.ok_or_else(|| refused(no_way(event.version, version)))?;
        let cast = chain.trace(event.data.as_str()).map_err(refused)?;
        let legs = legs(&chain, &cast);
        let data = RawJson::parse(&cast.data).expect("what is cast is JSON");
        Ok((Seen { version, data: Cow::Owned(data), schema }, legs))
    }

    /// At which version somebody with this view sees events that were published at version `stored`.
    pub fn target(
        &self,
        tenant: TenantId,
        name: &EventType,
        stored: u32,
        view: View,
        before: Position,
    ) -> u32 {
        target(self.known(tenant, name, before), stored, view, before)
    }

    /// The newest version that was registered before `before`, if there is one.
    pub fn latest(&self, tenant: TenantId, name: &EventType, before: Position) -> Option<u32> {
        self.known(tenant, name, before).map(|known| known.newest(before))
    }

    /// The versions of the tenant's own type, or else of the platform's; `None` if it has none.
    fn known(&self, tenant: TenantId, name: &EventType, before: Position) -> Option<&Known> {
        let of = |tenant| self.types.get(&tenant)?.get(name).filter(|known| known.at < before);
        let known = of(tenant).or_else(|| of(PLATFORM))?;
        (known.newest(before) > 0).then_some(&**known)
    }
}

/// A version to its neighbour, with the steps that lead there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// From which version.
    pub from: u32,
    /// To which version.
    pub to: u32,
    /// Whether nothing is lost by it.
    pub lossless: bool,
    /// What is lost by it, in words.
    pub loses: Vec<String>,
    /// Each step as it is written, and whether it changed the data.
    pub steps: Vec<(Box<str>, bool)>,
}

fn legs(chain: &Chain, cast: &Cast<'_>) -> Vec<Leg> {
    let leg = |leg: &catalog::Leg| Leg {
        from: leg.from,
        to: leg.to,
        lossless: leg.direction.lossless,
        loses: leg.direction.loses.clone(),
        steps: cast
            .steps
            .iter()
            .filter(|step| (step.from, step.to) == (leg.from, leg.to))
            .map(|step| (step.step.clone(), step.changed))
            .collect(),
    };
    chain.legs().iter().map(leg).collect()
}

impl Version {
    fn of(name: &EventType, spec: &VersionSpec, at: Position) -> Self {
        // Both were checked before they were recorded; what a newer Hookledger may have recorded is no way from here.
        let mapping = spec.compile_mapping().ok().flatten().map(Arc::new);
        Self { at, schema: spec.schema_name(name), mapping }
    }
}

impl VersionSpec {
    /// What the schema is called: its `$id`, or a name that is made of type and version.
    pub fn schema_name(&self, name: &EventType) -> Arc<str> {
        #[derive(serde::Deserialize)]
        struct Id<'a> {
            #[serde(rename = "$id", borrow)]
            id: Option<Cow<'a, str>>,
        }
        let id = serde_json::from_str::<Id<'_>>(self.schema.as_str()).ok().and_then(|schema| schema.id);
        id.map_or_else(|| format!("urn:hookledger:event-type:{name}:{}", self.number).into(), Into::into)
    }
}

impl Known {
    /// How many versions were registered before `before`; they count from 1.
    fn newest(&self, before: Position) -> u32 {
        let count = self.versions.iter().take_while(|version| version.at < before).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    fn version(&self, number: u32, before: Position) -> Option<&Version> {
        let version = self.versions.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        (version.at < before).then_some(version)
    }

    fn schema(&self, number: u32, before: Position) -> Option<Arc<str>> {
        self.version(number, before).map(|version| version.schema.clone())
    }

    /// The way from one version to another, composed once.
    fn chain(&self, from: u32, to: u32, before: Position) -> Option<Arc<Chain>> {
        if self.version(from.max(to), before).is_none() || from == 0 || to == 0 {
            return None;
        }
        let mut chains = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
        let compose = || {
            let mapping = |number| self.version(number, before)?.mapping.as_deref();
            Chain::compose(from, to, mapping).map(Arc::new)
        };
        chains.entry((from, to)).or_insert_with(compose).clone()
    }
}

fn target(known: Option<&Known>, stored: u32, view: View, before: Position) -> u32 {
    let Some(known) = known else {
        return match view {
            View::Latest => stored,
            View::Pinned(version) => version,
        };
    };
    match view {
        View::Pinned(version) => version,
        // Events of versions that nobody registered are nothing that mappings know of.
        View::Latest if known.version(stored, before).is_none() => stored,
        View::Latest => {
            let leads_up = |number: &u32| {
                let mapping = known.version(*number, before).and_then(|version| version.mapping.as_ref());
                mapping.is_some_and(|mapping| mapping.up.is_some())
            };
            (stored + 1..=known.newest(before)).take_while(leads_up).last().unwrap_or(stored)
        }
    }
}

fn no_way(from: u32, to: u32) -> CastError {
    CastError { from, to, step: 0, op: "mapping", path: String::new(), reason: CastReason::NoWay }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::published;
    use crate::text::Description;

    const ACME: TenantId = TenantId::from_uuid(Uuid::from_u128(1));
    const END: Position = Position(u64::MAX);

    fn name() -> EventType {
        EventType::parse("test.passed").unwrap()
    }

    /// A type whose version n calls its only member `v<n>`; up only from version 3 on; nothing leads to version 5.
    fn versions(tenant: TenantId) -> Versions {
        let mut versions = Versions::default();
        let stream = tenant.uuid();
        let registered =
            Event::Registered { name: name(), description: Description::default(), origin: Origin::Tenant };
        versions.apply(tenant, stream, Position(10), &registered);
        for number in 1..=5_u32 {
            let before = number - 1;
            let up = format!(
                r#""up":{{"loses":["-"],"steps":[{{"op":"rename","path":"/v{before}","to":"v{number}"}}]}}"#
            );
            let down = format!(
                r#""down":{{"loses":["-"],"steps":[{{"op":"rename","path":"/v{number}","to":"v{before}"}}]}}"#
            );
            let mapping = match number {
                1 => None,
                2 => Some(format!(r#"{{"compatibility":"full",{up},{down}}}"#)),
                3 | 4 => Some(format!(r#"{{"compatibility":"backward",{up}}}"#)),
                _ => Some(r#"{"compatibility":"none"}"#.to_owned()),
            };
            let spec = VersionSpec {
                number,
                schema: RawJson::parse("{}").unwrap(),
                shared: std::collections::BTreeMap::new(),
                mapping: mapping.map(|mapping| RawJson::parse(&mapping).unwrap()),
            };
            let position = Position(10 + u64::from(number));
            versions.apply(tenant, stream, position, &Event::VersionAdded { version: Box::new(spec) });
        }
        versions
    }

    fn event(version: u32) -> Box<Published> {
        let mut event = published("test.passed", &format!("{{\"v{version}\":1.0}}"));
        event.version = version;
        event
    }

    fn sees(stored: u32, view: View, before: Position) -> Result<(u32, String), CastReason> {
        let event = event(stored);
        let seen = versions(ACME).see(ACME, &event, view, before).map_err(|refused| refused.error.reason)?;
        Ok((seen.version, seen.data.as_str().to_owned()))
    }

    #[test]
    fn whoever_follows_the_latest_sees_as_far_as_the_mappings_lead() {
        assert_eq!(sees(1, View::Latest, END), Ok((4, r#"{"v4":1.0}"#.into())));
        assert_eq!(sees(4, View::Latest, END), Ok((4, r#"{"v4":1.0}"#.into())));
        assert_eq!(sees(5, View::Latest, END), Ok((5, r#"{"v5":1.0}"#.into())));
        assert_eq!(sees(9, View::Latest, END), Ok((9, r#"{"v9":1.0}"#.into())));
    }

    #[test]
    fn a_pin_holds_both_ways_or_says_that_it_cannot() {
        assert_eq!(sees(1, View::Pinned(1), END), Ok((1, r#"{"v1":1.0}"#.into())));
        assert_eq!(sees(2, View::Pinned(1), END), Ok((1, r#"{"v1":1.0}"#.into())));
        assert_eq!(sees(1, View::Pinned(3), END), Ok((3, r#"{"v3":1.0}"#.into())));
        assert_eq!(sees(3, View::Pinned(2), END), Err(CastReason::NoWay));
        assert_eq!(sees(1, View::Pinned(9), END), Err(CastReason::NoWay));
        assert_eq!(sees(9, View::Pinned(1), END), Err(CastReason::NoWay));
    }

    #[test]
    fn what_was_registered_after_the_event_changes_nothing_about_it() {
        assert_eq!(sees(1, View::Latest, Position(13)), Ok((2, r#"{"v2":1.0}"#.into())));
        assert_eq!(sees(1, View::Latest, Position(5)), Ok((1, r#"{"v1":1.0}"#.into())));
        assert_eq!(sees(1, View::Pinned(3), Position(13)), Err(CastReason::NoWay));
    }

    #[test]
    fn tenants_see_the_platforms_versions_and_not_those_of_others() {
        let event = event(1);
        let other = TenantId::from_uuid(Uuid::from_u128(2));
        assert_eq!(versions(PLATFORM).see(other, &event, View::Latest, END).unwrap().version, 4);
        let seen = versions(ACME);
        let seen = seen.see(other, &event, View::Latest, END).unwrap();
        assert_eq!((seen.version, seen.schema), (1, None));
        let named = versions(ACME).see(ACME, &event, View::Pinned(2), END).unwrap().schema;
        assert_eq!(named.as_deref(), Some("urn:hookledger:event-type:test.passed:2"));
    }

    #[test]
    fn a_type_of_its_own_hides_the_platforms_and_an_adopted_one_does_not() {
        for (origin, expected) in [(Origin::Tenant, 1), (Origin::Platform, 4)] {
            let mut versions = versions(PLATFORM);
            let registered = Event::Registered { name: name(), description: Description::default(), origin };
            versions.apply(ACME, Uuid::from_u128(9), Position(20), &registered);
            assert_eq!(versions.target(ACME, &name(), 1, View::Latest, END), expected);
            assert_eq!(versions.target(ACME, &name(), 1, View::Latest, Position(20)), 4);
        }
    }

    #[test]
    fn a_trace_names_every_step_on_the_way() {
        let (seen, legs) = versions(ACME).trace(ACME, &event(1), View::Pinned(3), END).unwrap();
        assert_eq!(seen.data.as_str(), r#"{"v3":1.0}"#);
        assert_eq!(
            legs.iter().map(|leg| (leg.from, leg.to, leg.steps.len())).collect::<Vec<_>>(),
            [(1, 2, 1), (2, 3, 1)]
        );
        assert!(legs.iter().all(|leg| leg.steps[0].1 && !leg.lossless));
    }
}
