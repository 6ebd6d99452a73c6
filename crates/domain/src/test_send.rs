//! A request that somebody had made to see how an endpoint answers: no delivery, and counted nowhere.

use rules::EventType;
use serde::{Deserialize, Serialize};

use crate::decider::Decider;
use crate::delivery::Attempt;
use crate::endpoint::EndpointUrl;
use crate::id::SubscriptionId;
use crate::record::Fact;
use crate::stream::StreamKind;
use crate::time::Timestamp;

/// What a step of a connection was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Finding the addresses of the host.
    Dns,
    /// Whether those addresses may be called.
    Address,
    /// Opening the connection.
    Tcp,
    /// Agreeing on keys.
    Tls,
    /// Sending the request.
    Request,
    /// What came back.
    Response,
}

/// One step of a connection, in the order in which they were taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it was about.
    pub kind: StepKind,
    /// Whether it went well.
    pub ok: bool,
    /// How long it took, in microseconds, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub micros: Option<u64>,
    /// What came of it, for people.
    pub detail: String,
    /// How the connection is encrypted, of the step that agreed on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    /// The version of TLS, such as `1.3`.
    pub version: String,
    /// The receiver's certificate, if it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// What a receiver's certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The first instant at which it is valid.
    pub not_before: Timestamp,
    /// The last second in which it is valid.
    pub not_after: Timestamp,
    /// The hosts that it is for.
    pub names: Vec<String>,
    /// Whether subject and issuer are the same.
    pub self_issued: bool,
}

/// What was sent, to whom, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The subscription whose settings were used; none if it was a draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<SubscriptionId>,
    /// Where to.
    pub endpoint: EndpointUrl,
    /// The type of the event that was made up.
    pub event_type: EventType,
    /// The version of that type.
    pub event_version: u32,
    /// The request and its answer.
    pub attempt: Attempt,
    /// The steps of the connection.
    pub steps: Vec<Step>,
}

/// A past fact of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The request was made.
    Sent(Box<Sent>),
}

impl Event {
    /// The name that it is stored under.
    pub const fn record_type(&self) -> &'static str {
        match self {
            Self::Sent(_) => "test.sent",
        }
    }
}

/// What can be asked of a test.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Record the request that was made.
    Record(Box<Sent>),
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The id is taken.
    #[error("the test is already recorded")]
    AlreadyRecorded,
}

/// A test as its records tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TestSend {
    /// Nothing is recorded.
    #[default]
    Unborn,
    /// It was made.
    Made,
}

impl Decider for TestSend {
    const KIND: StreamKind = StreamKind::Test;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unborn, Command::Record(sent)) => Ok(vec![Event::Sent(sent)]),
            (Self::Made, Command::Record(_)) => Err(Refusal::AlreadyRecorded),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match event {
            Event::Sent(_) => Self::Made,
        }
    }

    fn from_fact(fact: Fact) -> Option<Event> {
        match fact {
            Fact::Test(event) => Some(event),
            _ => None,
        }
    }
}
