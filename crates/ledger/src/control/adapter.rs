//! An aggregate of the domain, as cqrs-es wants it: `handle` loops over `decide`, `apply` calls `evolve`.

use std::fmt;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use domain::{Decider, Fact, Sequence, Versioned};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::Value;

use crate::upcast::{exact, marked};

/// Any aggregate of the domain, with the version that it is at.
#[derive(Debug, Default)]
pub struct Adapter<D>(pub Versioned<D>);

/// What is asked of an aggregate, and of which version of it.
#[derive(Debug)]
pub struct Order<C> {
    /// What is asked.
    pub command: C,
    /// The version that whoever asks has seen; none to ask it of any.
    pub expected: Option<Sequence>,
}

/// Why an aggregate did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused<R> {
    /// It is not at the version that was expected.
    #[error("it is at version {found}, not {expected}")]
    Stale {
        /// The version that was expected.
        expected: Sequence,
        /// The version it is at.
        found: Sequence,
    },
    /// Its own rules forbid it.
    #[error(transparent)]
    Refusal(R),
}

impl<D: Decider> Aggregate for Adapter<D> {
    const TYPE: &'static str = D::KIND.as_str();
    type Command = Order<D::Command>;
    type Event = Recorded<D>;
    type Error = Refused<D::Refusal>;
    type Services = ();

    async fn handle(
        &mut self,
        order: Order<D::Command>,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Refused<D::Refusal>> {
        let found = self.0.version;
        let stale = order.expected.filter(|expected| *expected != found);
        // An aggregate that is not there says so in its own words, rather than that it is at version 0.
        if let Some(expected) = stale.filter(|_| found != Sequence::NONE) {
            return Err(Refused::Stale { expected, found });
        }
        let events = self.0.state.decide(order.command).map_err(Refused::Refusal)?;
        if let Some(expected) = stale {
            return Err(Refused::Stale { expected, found });
        }
        for event in events {
            sink.write(Recorded(event), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Recorded<D>) {
        self.0.apply(&event.0);
    }
}

const NO_SNAPSHOTS: &str = "aggregates are folded from their records and never stored";

/// Required by cqrs-es for its snapshots; refused, so that they cannot come into use by accident.
impl<D> Serialize for Adapter<D> {
    fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom(NO_SNAPSHOTS))
    }
}

/// Required by cqrs-es for its snapshots; refused, so that they cannot come into use by accident.
impl<'de, D> Deserialize<'de> for Adapter<D> {
    fn deserialize<De: Deserializer<'de>>(_deserializer: De) -> Result<Self, De::Error> {
        Err(De::Error::custom(NO_SNAPSHOTS))
    }
}

/// An event of an aggregate as cqrs-es carries it: exactly as it is recorded.
pub struct Recorded<D: Decider>(pub D::Event);

impl<D: Decider> Recorded<D> {
    fn fact(&self) -> Fact {
        self.0.clone().into()
    }
}

impl<D: Decider> Clone for Recorded<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: Decider> PartialEq for Recorded<D> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<D: Decider> fmt::Debug for Recorded<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<D: Decider> DomainEvent for Recorded<D> {
    fn event_type(&self) -> String {
        self.fact().record_type().to_owned()
    }

    fn event_version(&self) -> String {
        self.fact().record_version().to_string()
    }
}

impl<D: Decider> Serialize for Recorded<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        exact(&self.fact().encode()).serialize(serializer)
    }
}

impl<'de, D: Decider> Deserialize<'de> for Recorded<D> {
    /// Reads what `Upcasters::for_cqrs` made of a stored payload.
    fn deserialize<De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
        let payload = Value::deserialize(deserializer)?;
        let (record_type, version, text) =
            marked(&payload).ok_or_else(|| De::Error::custom("the payload has not passed the upcasters"))?;
        let fact = Fact::decode(record_type, version, text).map_err(De::Error::custom)?;
        let foreign =
            || De::Error::custom(format_args!("\"{record_type}\" is no event of a {}", D::KIND.as_str()));
        D::from_fact(fact).map(Self).ok_or_else(foreign)
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;
    use domain::Name;
    use domain::tenant::{Command, Event, Refusal, Tenant};

    use super::*;

    type Tenants = TestFramework<Adapter<Tenant>>;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn created() -> Recorded<Tenant> {
        Recorded(Event::Created { name: name("acme") })
    }

    fn rename(expected: Option<u64>) -> Order<Command> {
        Order { command: Command::Rename { name: name("apex") }, expected: expected.map(Sequence) }
    }

    #[test]
    fn a_command_leads_to_the_events_that_the_domain_decides() {
        Tenants::with(())
            .given(vec![created()])
            .when(rename(None))
            .then_expect_events(vec![Recorded(Event::Renamed { name: name("apex") })]);
    }

    #[test]
    fn what_already_holds_leads_to_nothing() {
        let renamed = Recorded(Event::Renamed { name: name("apex") });
        Tenants::with(()).given(vec![created(), renamed]).when(rename(Some(2))).then_expect_events(vec![]);
    }

    #[test]
    fn an_edit_of_an_older_version_is_refused_with_the_current_one() {
        let stale = Refused::Stale { expected: Sequence(4), found: Sequence(1) };
        Tenants::with(()).given(vec![created()]).when(rename(Some(4))).then_expect_error(stale);
    }

    #[test]
    fn a_refusal_of_the_domain_comes_through_as_it_is() {
        let never = || Refused::Refusal(Refusal::NeverCreated);
        Tenants::with(()).given_no_previous_events().when(rename(None)).then_expect_error(never());
        Tenants::with(()).given_no_previous_events().when(rename(Some(3))).then_expect_error(never());
    }

    #[test]
    fn what_is_absent_is_at_version_zero_even_for_who_could_make_it() {
        let order = Order { command: Command::Create { name: name("acme") }, expected: Some(Sequence(1)) };
        let stale = Refused::Stale { expected: Sequence(1), found: Sequence::NONE };
        Tenants::with(()).given_no_previous_events().when(order).then_expect_error(stale);
    }

    #[test]
    fn aggregates_cannot_be_stored() {
        assert!(serde_json::to_value(Adapter::<Tenant>::default()).is_err());
        assert!(serde_json::from_value::<Adapter<Tenant>>(Value::Null).is_err());
    }
}
