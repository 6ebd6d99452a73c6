//! An isolated customer of the platform.

use serde::{Deserialize, Serialize};

use crate::decider::Decider;
use crate::record::Fact;
use crate::stream::StreamKind;
use crate::text::{Description, Name};

/// What can happen to a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It came to be.
    Created {
        /// What people call it.
        name: Name,
    },
    /// It is called something else.
    Renamed {
        /// What.
        name: Name,
    },
    /// Its calls are refused.
    Suspended {
        /// Why, in the operator's words.
        note: Description,
    },
    /// Its calls are served again.
    Reinstated,
}

impl Event {
    /// The name that it is stored under.
    pub const fn record_type(&self) -> &'static str {
        match self {
            Self::Created { .. } => "tenant.created",
            Self::Renamed { .. } => "tenant.renamed",
            Self::Suspended { .. } => "tenant.suspended",
            Self::Reinstated => "tenant.reinstated",
        }
    }
}

/// What can be asked of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Make it.
    Create {
        /// What people shall call it.
        name: Name,
    },
    /// Call it something else.
    Rename {
        /// What.
        name: Name,
    },
    /// Refuse its calls.
    Suspend {
        /// Why.
        note: Description,
    },
    /// Serve its calls again.
    Reinstate,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such tenant.
    #[error("the tenant does not exist")]
    NeverCreated,
    /// The id is taken.
    #[error("the tenant already exists")]
    AlreadyCreated,
}

/// A tenant as its records tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tenant {
    /// Nothing is recorded.
    #[default]
    Unborn,
    /// Its calls are served.
    Active {
        /// What people call it.
        name: Name,
    },
    /// Its calls are refused.
    Suspended {
        /// What people call it.
        name: Name,
    },
}

impl Decider for Tenant {
    const KIND: StreamKind = StreamKind::Tenant;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unborn, Command::Create { name }) => Ok(vec![Event::Created { name }]),
            (Self::Unborn, _) => Err(Refusal::NeverCreated),
            (_, Command::Create { .. }) => Err(Refusal::AlreadyCreated),
            (Self::Active { name: now } | Self::Suspended { name: now }, Command::Rename { name }) => {
                Ok(if *now == name { vec![] } else { vec![Event::Renamed { name }] })
            }
            (Self::Active { .. }, Command::Suspend { note }) => Ok(vec![Event::Suspended { note }]),
            (Self::Suspended { .. }, Command::Reinstate) => Ok(vec![Event::Reinstated]),
            (Self::Active { .. }, Command::Reinstate) | (Self::Suspended { .. }, Command::Suspend { .. }) => {
                Ok(vec![])
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unborn, Event::Created { name }) => Self::Active { name: name.clone() },
            (Self::Active { .. }, Event::Renamed { name }) => Self::Active { name: name.clone() },
            (Self::Suspended { .. }, Event::Renamed { name }) => Self::Suspended { name: name.clone() },
            (Self::Active { name }, Event::Suspended { .. }) => Self::Suspended { name },
            (Self::Suspended { name }, Event::Reinstated) => Self::Active { name },
            (state, _) => state,
        }
    }

    fn from_fact(fact: Fact) -> Option<Event> {
        match fact {
            Fact::Tenant(event) => Some(event),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    fn created() -> Event {
        Event::Created { name: Name::new("acme").unwrap() }
    }

    fn suspended() -> Event {
        Event::Suspended { note: Description::default() }
    }

    #[test]
    fn a_tenant_is_suspended_once_and_reinstated() {
        let suspend = || Command::Suspend { note: Description::default() };
        given::<Tenant>([created()]).when(suspend()).then([suspended()]);
        given::<Tenant>([created(), suspended()]).when(suspend()).then_nothing();
        given::<Tenant>([created(), suspended()]).when(Command::Reinstate).then([Event::Reinstated]);
    }

    #[test]
    fn the_same_name_is_not_recorded_again() {
        given::<Tenant>([created()])
            .when(Command::Rename { name: Name::new("acme").unwrap() })
            .then_nothing();
    }

    #[test]
    fn what_was_never_created_cannot_be_suspended() {
        given::<Tenant>([]).when(Command::Reinstate).then_refused(&Refusal::NeverCreated);
    }
}
