//! Given a past, when something is asked, then this follows: how decisions are tested.

use std::fmt::Debug;

use rules::EventType;
use uuid::Uuid;

use crate::decider::Decider;
use crate::delivery::Origin;
use crate::event::{Published, Source};
use crate::id::{EventId, SubscriptionId};
use crate::json::RawJson;
use crate::stream::Position;
use crate::time::Timestamp;

/// An aggregate with this past.
pub fn given<D: Decider>(events: impl IntoIterator<Item = D::Event>) -> Given<D> {
    Given(events.into_iter().fold(D::default(), |state, event| state.evolve(&event)))
}

/// The aggregate that has this past.
pub fn folded<D: Decider>(events: impl IntoIterator<Item = D::Event>) -> D {
    given(events).0
}

/// A past, folded.
pub struct Given<D>(D);

impl<D: Decider> Given<D> {
    /// Asks for something.
    pub fn when(self, command: D::Command) -> Then<D> {
        Then(self.0.decide(command))
    }
}

/// What was answered.
pub struct Then<D: Decider>(Result<Vec<D::Event>, D::Refusal>);

impl<D: Decider> Then<D>
where
    D::Event: Debug,
{
    /// Exactly these events follow.
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = D::Event>) {
        assert_eq!(self.0.expect("the command was refused"), expected.into_iter().collect::<Vec<_>>());
    }

    /// Nothing needs to be recorded.
    #[track_caller]
    pub fn then_nothing(self) {
        self.then([]);
    }

    /// The answer is no, for this reason.
    #[track_caller]
    pub fn then_refused(self, expected: &D::Refusal) {
        assert_eq!(&self.0.expect_err("the command was not refused"), expected);
    }
}

/// An event as a publisher without an id of their own would send it.
pub fn published(event_type: &str, data: &str) -> Box<Published> {
    let at = Timestamp::from_seconds(1_790_000_000);
    Box::new(Published {
        event_type: EventType::parse(event_type).expect("a test's event type"),
        version: 1,
        source: Source::new("/tests").expect("a test's source"),
        time: at,
        accepted_at: at,
        key: None,
        data: RawJson::parse(data).expect("a test's data"),
        metadata: None,
        warnings: Vec::new(),
    })
}

/// What some delivery delivers, and to whom.
pub fn origin() -> Origin {
    Origin {
        event: EventId::from_uuid(Uuid::from_u128(1)),
        event_position: Position(1),
        event_type: EventType::parse("benchmark.completed").expect("a test's event type"),
        subscription: SubscriptionId::from_uuid(Uuid::from_u128(2)),
    }
}

/// The creation of an active subscription that wants these types and accepts this filter.
pub fn created(types: &[&str], filter: Option<&str>) -> crate::subscription::Event {
    let wanted = types.iter().map(|wanted| crate::subscription::WantedType::parse(wanted));
    let wanted: Vec<_> = wanted.map(|wanted| wanted.expect("a test's wanted type")).collect();
    crate::subscription::Event::Created {
        settings: Box::new(crate::subscription::Settings {
            endpoint: crate::EndpointUrl::parse("https://example.com/hooks").expect("a test's URL"),
            event_types: wanted.try_into().expect("a test's wanted types"),
            filter: filter.map(|filter| rules::Filter::parse(filter).expect("a test's filter")),
            headers: crate::Headers::default(),
            format: crate::subscription::Format::default(),
            verify_endpoint: false,
            retry: crate::policy::RetryPolicy::default(),
            limits: crate::policy::Limits::default(),
            description: crate::Description::default(),
            metadata: crate::Labels::default(),
        }),
        secret: secret(1),
        active: true,
    }
}

/// Some secret; the same number gives the same one.
pub fn secret(n: u128) -> crate::subscription::SigningSecret {
    crate::subscription::SigningSecret {
        id: crate::SecretId::from_uuid(Uuid::from_u128(n)),
        scheme: crate::subscription::Scheme::HmacSha256,
        sealed: crate::Sealed { key: "k1".into(), ciphertext: "AA==".into() },
        public_key: None,
    }
}
