//! Recording how a subscription fares, and telling its tenant: a notice is an event like any other, which operators can
//! subscribe to.
//!
//! Promise: the record and its notice stand in the ledger together, or neither does.

use std::sync::Arc;

use domain::event::{Published, Source};
use domain::subscription::{Command, DisableReason, Event, Live, Subscription};
use domain::{
    Actor, Clock, Decider, EventId, EventType, Fact, IdSource, Metadata, RawJson, RecordId, Sequence,
    StreamId, SubscriptionId, TenantId, Timestamp, Versioned,
};
use ledger::control::LoadError;
use ledger::{Batch, Control, Ledger, LedgerError, NewRecord, Origin};
use serde::Serialize;

/// How often it is decided again because somebody else changed the subscription meanwhile.
const ATTEMPTS: usize = 8;

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoteError {
    /// The subscription could not be read.
    #[error("the subscription could not be read")]
    Load(#[from] LoadError),
    /// The ledger could not be written.
    #[error("it could not be recorded")]
    Ledger(#[from] LedgerError),
    /// Others kept changing the subscription.
    #[error("it was changed by others during {ATTEMPTS} attempts")]
    Contended,
}

/// Who records.
#[derive(Clone)]
pub(crate) struct Notary {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) control: Arc<Control>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
}

impl Notary {
    /// Does what `command` asks of the subscription and says what happened; nothing if it holds already, or the
    /// subscription is gone.
    pub(crate) async fn note(
        &self,
        tenant: TenantId,
        subscription: SubscriptionId,
        command: Command,
    ) -> Result<Vec<Event>, NoteError> {
        let stream = StreamId::from(subscription);
        for _ in 0..ATTEMPTS {
            let Some(current) = self.control.load::<Subscription>(tenant, stream).await? else {
                return Ok(Vec::new());
            };
            let Some(live) = current.state.live() else { return Ok(Vec::new()) };
            let events = current.state.decide(command.clone()).unwrap_or_default();
            if events.is_empty() {
                return Ok(events);
            }
            let batch = self.batch(tenant, subscription, live, &current, &events);
            if self.ledger.append(vec![batch]).await?.iter().all(Result::is_ok) {
                return Ok(events);
            }
        }
        Err(NoteError::Contended)
    }

    fn batch(
        &self,
        tenant: TenantId,
        subscription: SubscriptionId,
        live: &Live,
        current: &Versioned<Subscription>,
        events: &[Event],
    ) -> Batch {
        let now = self.clock.now();
        let origin = Origin::new(tenant, &Metadata::by(Actor::Engine), now);
        let record = |stream, sequence, fact| {
            NewRecord::of(RecordId::generate(&*self.ids), stream, sequence, fact, &origin)
        };
        let mut records = Vec::with_capacity(2 * events.len());
        let mut sequence = current.version;
        for event in events {
            sequence = sequence.next();
            records.push(record(subscription.into(), sequence, Fact::Subscription(event.clone())));
            if let Some(notice) = notice(subscription, live, event, now) {
                let published = Fact::Event(domain::event::Event::Published(Box::new(notice)));
                records.push(record(EventId::generate(&*self.ids).into(), Sequence(1), published));
            }
        }
        Batch::new(records).expect("a few small records in sequence")
    }
}

/// What a notice tells.
#[derive(Serialize)]
struct Notice<'a> {
    subscription: SubscriptionId,
    endpoint: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// The event that tells of `event`, if tenants are told of it.
fn notice(subscription: SubscriptionId, live: &Live, event: &Event, now: Timestamp) -> Option<Published> {
    let recorded = match live.health {
        domain::subscription::Health::Failing { since, .. } => Some(since),
        domain::subscription::Health::Well => None,
    };
    let (event_type, failing_since, disable_at, reason) = match event {
        Event::Failing { since } => ("system.subscription.failing", Some(*since), None, None),
        Event::DisableWarned { disable_at } => {
            ("system.subscription.disable_warned", recorded, Some(*disable_at), None)
        }
        Event::Recovered => ("system.subscription.recovered", recorded, None, None),
        Event::Disabled { reason: DisableReason::EndpointGone } => {
            ("system.subscription.disabled", None, None, Some("endpoint_gone"))
        }
        Event::Disabled { reason: DisableReason::Failing { since } } => {
            ("system.subscription.disabled", Some(*since), None, Some("failing"))
        }
        _ => return None,
    };
    let data = Notice {
        subscription,
        endpoint: live.settings.endpoint.as_str(),
        description: live.settings.description.as_str(),
        failing_since,
        disable_at,
        reason,
    };
    let data = serde_json::to_string(&data).expect("a notice has text keys");
    Some(Published {
        event_type: EventType::parse(event_type).expect("a name of ours"),
        version: 1,
        source: Source::new(&format!("/hookledger/subscriptions/{subscription}"))
            .expect("an id is visible ASCII"),
        time: now,
        accepted_at: now,
        key: None,
        data: RawJson::parse(&data).expect("what was just written is JSON"),
        metadata: None,
        warnings: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use domain::testing::created;
    use uuid::Uuid;

    use super::*;

    fn live() -> Live {
        let born = Subscription::default().evolve(&created(&["*"], None));
        born.live().unwrap().clone()
    }

    fn told(event: &Event) -> Option<(String, String)> {
        let id = SubscriptionId::from_uuid(Uuid::from_u128(7));
        let notice = notice(id, &live(), event, Timestamp::from_seconds(100))?;
        Some((notice.event_type.as_str().to_owned(), notice.data.as_str().to_owned()))
    }

    #[test]
    fn every_notice_keeps_the_schema_that_subscribers_rely_on() {
        let since = Timestamp::from_seconds(1);
        let disabled = |reason| Event::Disabled { reason };
        let events = [
            Event::Failing { since },
            Event::DisableWarned { disable_at: since },
            Event::Recovered,
            disabled(DisableReason::EndpointGone),
            disabled(DisableReason::Failing { since }),
        ];
        let mut failing = live();
        failing.health = domain::subscription::Health::Failing { since, warned: true };
        let mut told_of = std::collections::BTreeSet::new();
        for live in [live(), failing] {
            for event in &events {
                let id = SubscriptionId::from_uuid(Uuid::from_u128(7));
                let notice = notice(id, &live, event, Timestamp::from_seconds(100)).expect("a notice");
                let name = notice.event_type.as_str();
                let built = catalog::builtin::types().iter().find(|built| built.name == name);
                let built = built.unwrap_or_else(|| panic!("{name} is not in the catalogue"));
                let version = built.versions.iter().find(|version| version.number == notice.version).unwrap();
                let schema =
                    catalog::Schema::compile(version.schema, catalog::builtin::shared_parts()).unwrap();
                assert_eq!(schema.validate(notice.data.as_str()), [], "{name}: {}", notice.data.as_str());
                told_of.insert(built.name);
            }
        }
        let in_catalogue = catalog::builtin::types().iter().map(|built| built.name);
        assert!(in_catalogue.filter(|name| name.starts_with("system.subscription.")).eq(told_of));
    }

    #[test]
    fn what_the_engine_does_by_itself_is_told_and_what_people_did_is_not() {
        let since = Timestamp::from_seconds(1);
        let (name, data) =
            told(&Event::Disabled { reason: DisableReason::Failing { since } }).expect("a notice");
        assert_eq!(name, "system.subscription.disabled");
        assert!(
            data.contains("\"reason\":\"failing\"") && data.contains("\"failing_since\":\"1970-"),
            "{data}"
        );
        assert_eq!(told(&Event::Recovered).unwrap().0, "system.subscription.recovered");
        assert_eq!(told(&Event::Resumed), None);
        assert_eq!(told(&Event::Disabled { reason: DisableReason::NotActivated }), None);
    }
}
