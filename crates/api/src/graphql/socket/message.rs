//! The messages of `graphql-transport-ws`, and the codes that it closes sockets with.

use async_graphql::ServerError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::graphql::front::Operation;
use crate::graphql::wire::Wire;

/// What a peer says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Incoming {
    /// Who it is; the first thing it says.
    ConnectionInit {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// Whether we are there.
    Ping {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// That it is there.
    Pong {
        #[serde(default, rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    /// What it wants executed.
    Subscribe { id: String, payload: Operation },
    /// What it wants no more of.
    Complete { id: String },
}

/// What we say.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Outgoing<'a> {
    /// We know who it is.
    ConnectionAck,
    /// We are there.
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    /// A result.
    Next { id: &'a str, payload: Wire<'a> },
    /// It cannot be executed; nothing follows.
    Error { id: &'a str, payload: &'a [ServerError] },
    /// Nothing follows.
    Complete { id: &'a str },
}

impl Outgoing<'_> {
    /// The message as it is sent.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).expect("GraphQL values can be written as JSON")
    }
}

/// Why we close a socket: the code of the protocol, and the reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Goodbye {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Goodbye {
    /// The most bytes of a reason: a control frame holds 125, two of them for the code.
    const REASON_BYTES_MAX: usize = 123;

    fn new(code: u16, reason: &str) -> Self {
        let mut end = reason.len().min(Self::REASON_BYTES_MAX);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        Self { code, reason: reason[..end].to_owned() }
    }

    /// The service stops.
    pub(super) fn going_away() -> Self {
        Self::new(1001, "the service is stopping; connect again")
    }

    /// A message that is none.
    pub(super) fn invalid(reason: &str) -> Self {
        Self::new(4400, reason)
    }

    /// An operation before the acknowledgement.
    pub(super) fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    /// Credentials that are not good, or are no longer.
    pub(super) fn forbidden(reason: &str) -> Self {
        Self::new(4403, &format!("Forbidden: {reason}"))
    }

    /// No `connection_init` in time.
    pub(super) fn init_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    /// An id that is in use.
    pub(super) fn id_in_use(id: &str) -> Self {
        Self::new(4409, &format!("Subscriber for {id} already exists"))
    }

    /// A second `connection_init`.
    pub(super) fn init_again() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let goodbye = Goodbye::id_in_use(&"é".repeat(200));
        assert!(goodbye.reason.len() <= 123 && goodbye.reason.starts_with("Subscriber for é"));
    }

    #[test]
    fn messages_of_other_types_and_shapes_are_not_understood() {
        for text in [
            r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"connection_init","payload":"hk_"}"#,
            "[]",
            "{}",
        ] {
            assert!(serde_json::from_str::<Incoming>(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<Incoming>(r#"{"type":"connection_init"}"#).is_ok());
        assert!(serde_json::from_str::<Incoming>(r#"{"type":"pong","payload":null}"#).is_ok());
    }
}
