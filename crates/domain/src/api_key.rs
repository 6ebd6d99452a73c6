//! A key that somebody proves themselves with; only its hash is recorded.

use serde::{Deserialize, Serialize};

use crate::actor::Scope;
use crate::decider::Decider;
use crate::record::Fact;
use crate::stream::StreamKind;
use crate::text::Name;
use crate::time::Timestamp;

/// What is recorded of a key when it is issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// What people call it.
    pub name: Name,
    /// The first characters of the key, shown so that people can tell keys apart.
    pub prefix: String,
    /// SHA-256 of the whole key, in lower-case hex.
    pub hash: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// When it stops being good, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// What can happen to an API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It was handed out.
    Issued(Issue),
    /// It is no longer good.
    Revoked,
}

impl Event {
    /// The name that it is stored under.
    pub const fn record_type(&self) -> &'static str {
        match self {
            Self::Issued(_) => "api_key.issued",
            Self::Revoked => "api_key.revoked",
        }
    }
}

/// What can be asked of an API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Hand it out.
    Issue {
        /// What is to be recorded.
        issue: Issue,
        /// The present instant.
        at: Timestamp,
    },
    /// Make it no good.
    Revoke,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such key.
    #[error("the API key does not exist")]
    NeverIssued,
    /// The id is taken.
    #[error("the API key already exists")]
    AlreadyIssued,
    /// A key that allows nothing.
    #[error("an API key needs at least one scope")]
    NoScope,
    /// A key that would be stale from the start.
    #[error("the expiry of an API key must lie in the future")]
    ExpiryPast,
}

/// An API key as its records tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ApiKey {
    /// Nothing is recorded.
    #[default]
    Unborn,
    /// It is good until it expires.
    Good(Issue),
    /// It was revoked.
    Revoked,
}

impl Decider for ApiKey {
    const KIND: StreamKind = StreamKind::ApiKey;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unborn, Command::Issue { issue, .. }) if issue.scopes.is_empty() => Err(Refusal::NoScope),
            (Self::Unborn, Command::Issue { issue, at })
                if issue.expires_at.is_some_and(|expiry| expiry <= at) =>
            {
                Err(Refusal::ExpiryPast)
            }
            (Self::Unborn, Command::Issue { issue, .. }) => Ok(vec![Event::Issued(issue)]),
            (Self::Unborn, Command::Revoke) => Err(Refusal::NeverIssued),
            (Self::Good(_) | Self::Revoked, Command::Issue { .. }) => Err(Refusal::AlreadyIssued),
            (Self::Good(_), Command::Revoke) => Ok(vec![Event::Revoked]),
            (Self::Revoked, Command::Revoke) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match event {
            Event::Issued(issue) => Self::Good(issue.clone()),
            Event::Revoked => Self::Revoked,
        }
    }

    fn from_fact(fact: Fact) -> Option<Event> {
        match fact {
            Fact::ApiKey(event) => Some(event),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    const AT: Timestamp = Timestamp::from_seconds(1_000);

    fn issue() -> Issue {
        Issue {
            name: Name::new("ci").unwrap(),
            prefix: "hk_ab12".into(),
            hash: "00".repeat(32),
            scopes: vec![Scope::Publish],
            expires_at: None,
        }
    }

    #[test]
    fn a_key_is_issued_and_revoked_once() {
        given::<ApiKey>([]).when(Command::Issue { issue: issue(), at: AT }).then([Event::Issued(issue())]);
        given::<ApiKey>([Event::Issued(issue())]).when(Command::Revoke).then([Event::Revoked]);
        given::<ApiKey>([Event::Issued(issue()), Event::Revoked]).when(Command::Revoke).then_nothing();
    }

    #[test]
    fn a_key_that_could_never_be_used_is_refused() {
        let stale = Issue { expires_at: Some(AT), ..issue() };
        given::<ApiKey>([]).when(Command::Issue { issue: stale, at: AT }).then_refused(&Refusal::ExpiryPast);
        let powerless = Issue { scopes: vec![], ..issue() };
        given::<ApiKey>([]).when(Command::Issue { issue: powerless, at: AT }).then_refused(&Refusal::NoScope);
    }

    #[test]
    fn what_was_never_issued_cannot_be_revoked() {
        given::<ApiKey>([]).when(Command::Revoke).then_refused(&Refusal::NeverIssued);
    }
}
