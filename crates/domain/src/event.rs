//! A fact that the platform published, as it was accepted.

use catalog::Problem;
use rules::EventType;
use serde::{Deserialize, Serialize};

use crate::decider::Decider;
use crate::json::RawJson;
use crate::record::Fact;
use crate::stream::StreamKind;
use crate::time::Timestamp;

/// What its publisher said, byte for byte where it is JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// What kind of fact it is.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// The version of the type's data, from 1.
    pub version: u32,
    /// Where it happened: a URI reference, such as `/clusters/eu-1`.
    pub source: Source,
    /// When it happened, as the publisher says; when it was accepted, unless they say.
    pub time: Timestamp,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// What the publisher calls it, unique within the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<EventKey>,
    /// The fact itself.
    pub data: RawJson,
    /// What the publisher says about it besides: an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<RawJson>,
    /// What its type's schema did not allow, although it was accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Problem>,
}

/// Why a part of an event was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be 1 to {max} visible ASCII characters without spaces")]
pub struct TokenError {
    /// Which part.
    pub what: &'static str,
    /// The bound, in characters.
    pub max: usize,
}

macro_rules! tokens {
    ($($(#[$doc:meta])* $name:ident($max:literal, $what:literal);)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters.
            pub const CHARS_MAX: usize = $max;

            /// Checks what a publisher gave.
            pub fn new(text: &str) -> Result<Self, TokenError> {
                let good = (1..=Self::CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
                if good { Ok(Self(text.to_owned())) } else { Err(TokenError { what: $what, max: Self::CHARS_MAX }) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TokenError;

            fn try_from(text: String) -> Result<Self, TokenError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(token: $name) -> Self {
                token.0
            }
        }
    )+};
}

tokens! {
    /// Where events happen: a URI reference of 1 to 256 visible ASCII characters.
    Source(256, "the source of an event");
    /// What a publisher calls an event: 1 to 256 visible ASCII characters. The same key twice is the same event.
    EventKey(256, "the id of an event");
}

/// What can happen to an event: it is published, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The platform published it and was told so.
    Published(Box<Published>),
}

impl Event {
    /// The name that it is stored under.
    pub const fn record_type(&self) -> &'static str {
        match self {
            Self::Published(_) => "event.published",
        }
    }
}

/// What can be asked of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Accept it.
    Publish(Box<Published>),
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The key was used before, for something else.
    #[error("an event with this id and source was published before, with other content")]
    KeyReused,
}

/// A published event as its records tell it.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum State {
    /// Nothing is recorded.
    #[default]
    Unborn,
    /// It was published.
    Published(Box<Published>),
}

impl Decider for State {
    const KIND: StreamKind = StreamKind::Event;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unborn, Command::Publish(event)) => Ok(vec![Event::Published(event)]),
            // Publishing the same again is a repeat of the call, not a second event.
            (Self::Published(before), Command::Publish(again)) if before.says_the_same(&again) => Ok(vec![]),
            (Self::Published(_), Command::Publish(_)) => Err(Refusal::KeyReused),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unborn, Event::Published(event)) => Self::Published(event.clone()),
            (published, Event::Published(_)) => published,
        }
    }

    fn from_fact(fact: Fact) -> Option<Event> {
        match fact {
            Fact::Event(event) => Some(event),
            _ => None,
        }
    }
}

impl Published {
    /// Whether `other` is the same event published again: everything but the times of acceptance agrees.
    ///
    /// A time that the publisher left out was filled in on acceptance, so times are compared only if both were given.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let time_given = |event: &Self| (event.time != event.accepted_at).then_some(event.time);
        self.event_type == other.event_type
            && self.version == other.version
            && self.source == other.source
            && self.key == other.key
            && self.data == other.data
            && self.metadata == other.metadata
            && match (time_given(self), time_given(other)) {
                (Some(one), Some(two)) => one == two,
                _ => true,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, published};

    #[test]
    fn an_event_is_published_once() {
        let event = published("benchmark.completed", r#"{"score":1}"#);
        given::<State>([]).when(Command::Publish(event.clone())).then([Event::Published(event)]);
    }

    #[test]
    fn publishing_the_same_again_records_nothing() {
        let event = published("benchmark.completed", r#"{"score":1}"#);
        let mut again = event.clone();
        again.accepted_at = Timestamp::from_seconds(9_999_999);
        again.time = again.accepted_at;
        given::<State>([Event::Published(event)]).when(Command::Publish(again)).then_nothing();
    }

    #[test]
    fn a_key_cannot_be_used_for_something_else() {
        let event = published("benchmark.completed", r#"{"score":1}"#);
        let other = published("benchmark.completed", r#"{"score":1.0}"#);
        given::<State>([Event::Published(event)])
            .when(Command::Publish(other))
            .then_refused(&Refusal::KeyReused);
    }
}
