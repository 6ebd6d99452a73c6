//! The state of an event type, and the decisions over it.

use std::sync::Arc;

use rules::EventType;

use super::{Adopt, Command, Event, Mode, NewVersion, Origin, Refusal, VersionError, VersionSpec};
use crate::decider::Decider;
use crate::record::Fact;
use crate::stream::StreamKind;
use crate::text::Description;
use crate::time::Timestamp;

/// An event type as its records tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Registration {
    /// Nothing is recorded.
    #[default]
    Unborn,
    /// It is registered.
    Known(Box<Type>),
}

/// A registered event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// Its name.
    pub name: EventType,
    /// What it means.
    pub description: Description,
    /// Whose versions it has.
    pub origin: Origin,
    /// Whether it may not be published any more.
    pub archived: bool,
    /// Its versions, from 1 on.
    pub versions: Vec<Arc<VersionSpec>>,
    /// How its data is validated.
    pub mode: Mode,
    /// What should not be used any more.
    pub deprecations: Vec<Deprecation>,
}

/// Something that should not be used any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deprecation {
    /// Which version; the whole type if there is none.
    pub version: Option<u32>,
    /// Until when it is meant to be used.
    pub sunset: Timestamp,
    /// Why, and what to use instead.
    pub note: Description,
}

impl Type {
    /// The most versions of a type.
    pub const VERSIONS_MAX: usize = 64;

    /// What is recorded of the version with this number.
    pub fn version(&self, number: u32) -> Option<&Arc<VersionSpec>> {
        self.versions.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Register { description, .. } => {
                let restored = self.archived.then_some(Event::Restored);
                let described = (self.description != description).then_some(Event::Described { description });
                Ok(restored.into_iter().chain(described).collect())
            }
            Command::AddVersion { version } => self.add(*version),
            Command::Deprecate { version, sunset, note } => {
                if let Some(number) = version.filter(|number| self.version(*number).is_none()) {
                    return Err(Refusal::UnknownVersion { number });
                }
                let same = |known: &Deprecation| {
                    (known.version, known.sunset) == (version, sunset) && known.note == note
                };
                let known = self.deprecations.iter().any(same);
                Ok(if known { vec![] } else { vec![Event::Deprecated { version, sunset, note }] })
            }
            Command::SetValidation { mode, .. } => {
                Ok(if self.mode == mode { vec![] } else { vec![Event::ValidationSet { mode }] })
            }
            Command::Archive { note, .. } => {
                Ok(if self.archived { vec![] } else { vec![Event::Archived { note }] })
            }
        }
    }

    fn add(&self, new: NewVersion) -> Result<Vec<Event>, Refusal> {
        let number = new.spec.number;
        if self.origin == Origin::Platform {
            return Err(Refusal::OfThePlatform);
        }
        match self.version(number) {
            Some(known) if **known == new.spec => return Ok(vec![]),
            Some(_) => return Err(Refusal::Frozen { number }),
            None => {}
        }
        let expected = u32::try_from(self.versions.len()).unwrap_or(u32::MAX).saturating_add(1);
        if number != expected {
            return Err(Refusal::NotNext { expected });
        }
        if self.versions.len() >= Self::VERSIONS_MAX {
            return Err(Refusal::TooManyVersions { max: Self::VERSIONS_MAX });
        }
        if let (Some(before), Some(mapping)) = (self.versions.last(), &new.mapping) {
            let before = before.compile().map_err(VersionError::from)?;
            catalog::check(&before, &new.schema, mapping, number)?;
        }
        Ok(vec![Event::VersionAdded { version: Box::new(new.spec) }])
    }
}

impl Decider for Registration {
    const KIND: StreamKind = StreamKind::EventType;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Known(known), command) => known.decide(command),
            (Self::Unborn, Command::Register { name, description }) => {
                Ok(vec![Event::Registered { name, description, origin: Origin::Tenant }])
            }
            (Self::Unborn, Command::SetValidation { mode, adopt: Some(adopt) }) => {
                let set = (mode != Mode::default()).then_some(Event::ValidationSet { mode });
                Ok(std::iter::once(adopted(adopt)).chain(set).collect())
            }
            (Self::Unborn, Command::Archive { note, adopt: Some(adopt) }) => {
                Ok(vec![adopted(adopt), Event::Archived { note }])
            }
            (
                Self::Unborn,
                Command::AddVersion { .. }
                | Command::Deprecate { .. }
                | Command::SetValidation { adopt: None, .. }
                | Command::Archive { adopt: None, .. },
            ) => Err(Refusal::NeverRegistered),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event.clone()) {
            (Self::Unborn, Event::Registered { name, description, origin }) => Self::Known(Box::new(Type {
                name,
                description,
                origin,
                archived: false,
                versions: Vec::new(),
                mode: Mode::default(),
                deprecations: Vec::new(),
            })),
            (Self::Unborn, _) => Self::Unborn,
            (Self::Known(mut known), event) => {
                match event {
                    // A second registration cannot be recorded; were it, the first would stand.
                    Event::Registered { .. } => {}
                    Event::Described { description } => known.description = description,
                    Event::VersionAdded { version } => known.versions.push(Arc::new(*version)),
                    Event::Deprecated { version, sunset, note } => {
                        known.deprecations.retain(|other| other.version != version);
                        known.deprecations.push(Deprecation { version, sunset, note });
                    }
                    Event::ValidationSet { mode } => known.mode = mode,
                    Event::Archived { .. } => known.archived = true,
                    Event::Restored => known.archived = false,
                }
                Self::Known(known)
            }
        }
    }

    fn from_fact(fact: Fact) -> Option<Event> {
        match fact {
            Fact::EventType(event) => Some(event),
            _ => None,
        }
    }
}

fn adopted(Adopt { name, description }: Adopt) -> Event {
    Event::Registered { name, description, origin: Origin::Platform }
}
