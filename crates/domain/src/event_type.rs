//! A type of event that a tenant may publish.

use rules::EventType;
use serde::{Deserialize, Serialize};

use crate::decider::Decider;
use crate::record::Fact;
use crate::stream::StreamKind;
use crate::text::Description;

/// What can happen to an event type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It may be published from now on.
    Registered {
        /// Its name.
        name: EventType,
        /// What it means.
        description: Description,
    },
    /// It was described anew.
    Described {
        /// What it means.
        description: Description,
    },
    /// It may not be published any more.
    Archived,
    /// It may be published again.
    Restored,
}

impl Event {
    /// The name that it is stored under.
    pub const fn record_type(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "event_type.registered",
            Self::Described { .. } => "event_type.described",
            Self::Archived => "event_type.archived",
            Self::Restored => "event_type.restored",
        }
    }
}

/// What can be asked of an event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Allow it to be published. Registering it again describes it anew, and restores it.
    Register {
        /// Its name.
        name: EventType,
        /// What it means.
        description: Description,
    },
    /// Allow it no more.
    Archive,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such type.
    #[error("the event type is not registered")]
    NeverRegistered,
}

/// An event type as its records tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Registration {
    /// Nothing is recorded.
    #[default]
    Unborn,
    /// It may be published.
    Open {
        /// Its name.
        name: EventType,
        /// What it means.
        description: Description,
    },
    /// It may not.
    Archived {
        /// Its name.
        name: EventType,
        /// What it meant.
        description: Description,
    },
}

impl Decider for Registration {
    const KIND: StreamKind = StreamKind::EventType;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unborn, Command::Register { name, description }) => {
                Ok(vec![Event::Registered { name, description }])
            }
            (Self::Unborn, Command::Archive) => Err(Refusal::NeverRegistered),
            (Self::Open { description: now, .. }, Command::Register { description, .. }) => {
                Ok(if *now == description { vec![] } else { vec![Event::Described { description }] })
            }
            (Self::Archived { description: now, .. }, Command::Register { description, .. }) => {
                let described = (*now != description).then_some(Event::Described { description });
                Ok(std::iter::once(Event::Restored).chain(described).collect())
            }
            (Self::Open { .. }, Command::Archive) => Ok(vec![Event::Archived]),
            (Self::Archived { .. }, Command::Archive) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event.clone()) {
            (Self::Unborn, Event::Registered { name, description }) => Self::Open { name, description },
            (Self::Open { name, .. }, Event::Described { description }) => Self::Open { name, description },
            (Self::Archived { name, .. }, Event::Described { description }) => {
                Self::Archived { name, description }
            }
            (Self::Open { name, description }, Event::Archived) => Self::Archived { name, description },
            (Self::Archived { name, description }, Event::Restored) => Self::Open { name, description },
            (state, _) => state,
        }
    }

    fn from_fact(fact: Fact) -> Option<Event> {
        match fact {
            Fact::EventType(event) => Some(event),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    fn register(description: &str) -> Command {
        Command::Register {
            name: EventType::parse("github.push").unwrap(),
            description: Description::new(description).unwrap(),
        }
    }

    fn registered() -> Event {
        Event::Registered {
            name: EventType::parse("github.push").unwrap(),
            description: Description::default(),
        }
    }

    #[test]
    fn registering_twice_records_once() {
        given::<Registration>([registered()]).when(register("")).then_nothing();
    }

    #[test]
    fn registering_an_archived_type_restores_it() {
        given::<Registration>([registered(), Event::Archived]).when(register("")).then([Event::Restored]);
    }

    #[test]
    fn what_was_never_registered_cannot_be_archived() {
        given::<Registration>([]).when(Command::Archive).then_refused(&Refusal::NeverRegistered);
    }
}
