//! Everything that can be recorded, as one type: its stored name, version and payload, and the way back.

use serde::{Deserialize, Serialize};

use crate::stream::StreamKind;
use crate::{api_key, bulk_action, delivery, event, event_type, subscription, tenant, test_send};

/// Something that happened, of whichever aggregate.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// To a tenant.
    Tenant(tenant::Event),
    /// To an API key.
    ApiKey(api_key::Event),
    /// To a registered event type.
    EventType(event_type::Event),
    /// To a subscription.
    Subscription(subscription::Event),
    /// To a published event.
    Event(event::Event),
    /// To a delivery.
    Delivery(delivery::Event),
    /// To something that is done to many deliveries.
    BulkAction(bulk_action::Event),
    /// To a test.
    Test(test_send::Event),
}

/// Why a stored record could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Nothing of this name is known here.
    #[error("the record type \"{record_type}\" is unknown to this version of Hookledger")]
    UnknownType {
        /// The stored name.
        record_type: String,
    },
    /// The version is not the current one, and nothing lifted it there.
    #[error(
        "version {found} of \"{record_type}\" cannot be read, only {known}; was it written by a newer Hookledger?"
    )]
    Version {
        /// The stored name.
        record_type: String,
        /// The stored version.
        found: u16,
        /// The version that can be read.
        known: u16,
    },
    /// The payload is not what the name and version promise.
    #[error("the payload of \"{record_type}\" version {version} is damaged: {reason}")]
    Payload {
        /// The stored name.
        record_type: String,
        /// The stored version.
        version: u16,
        /// What is wrong with it.
        reason: String,
    },
}

/// Names and current versions of all records. A change of a payload's meaning raises its version, adds an upcaster
/// and a golden sample under `schemas/records/`.
pub const RECORD_TYPES: &[(&str, u16)] = &[
    ("tenant.created", 1),
    ("tenant.renamed", 1),
    ("tenant.suspended", 1),
    ("tenant.reinstated", 1),
    ("api_key.issued", 1),
    ("api_key.revoked", 1),
    ("event_type.registered", 2),
    ("event_type.described", 1),
    ("event_type.version_added", 1),
    ("event_type.deprecated", 1),
    ("event_type.validation_set", 1),
    ("event_type.archived", 2),
    ("event_type.restored", 1),
    ("subscription.created", 1),
    ("subscription.endpoint_changed", 1),
    ("subscription.event_types_changed", 1),
    ("subscription.filter_changed", 1),
    ("subscription.headers_changed", 1),
    ("subscription.format_changed", 1),
    ("subscription.verification_changed", 1),
    ("subscription.endpoint_verified", 1),
    ("subscription.endpoint_not_verified", 1),
    ("subscription.retry_policy_changed", 1),
    ("subscription.limits_changed", 1),
    ("subscription.description_changed", 1),
    ("subscription.metadata_changed", 1),
    ("subscription.secret_rotated", 1),
    ("subscription.secret_revoked", 1),
    ("subscription.activated", 1),
    ("subscription.paused", 1),
    ("subscription.resumed", 1),
    ("subscription.failing", 1),
    ("subscription.disable_warned", 1),
    ("subscription.recovered", 1),
    ("subscription.disabled", 1),
    ("subscription.deleted", 1),
    ("event.published", 1),
    ("delivery.scheduled", 1),
    ("delivery.delivered_at_once", 1),
    ("delivery.attempt_succeeded", 1),
    ("delivery.attempt_failed", 1),
    ("delivery.attempt_interrupted", 1),
    ("delivery.dead_lettered", 1),
    ("delivery.retry_requested", 1),
    ("delivery.cancelled", 1),
    ("bulk_action.started", 1),
    ("bulk_action.advanced", 1),
    ("bulk_action.completed", 1),
    ("bulk_action.cancelled", 1),
    ("test.sent", 1),
];

/// The current version of the records of this name, or `None` if the name is unknown.
pub fn current_version(record_type: &str) -> Option<u16> {
    RECORD_TYPES.iter().find(|(name, _)| *name == record_type).map(|(_, version)| *version)
}

impl Fact {
    /// The name that it is stored under.
    pub const fn record_type(&self) -> &'static str {
        match self {
            Self::Tenant(event) => event.record_type(),
            Self::ApiKey(event) => event.record_type(),
            Self::EventType(event) => event.record_type(),
            Self::Subscription(event) => event.record_type(),
            Self::Event(event) => event.record_type(),
            Self::Delivery(event) => event.record_type(),
            Self::BulkAction(event) => event.record_type(),
            Self::Test(event) => event.record_type(),
        }
    }

    /// The version that it is stored as: always the current one.
    pub fn record_version(&self) -> u16 {
        current_version(self.record_type()).expect("every name is listed")
    }

    /// The kind of stream that it belongs to.
    pub const fn kind(&self) -> StreamKind {
        match self {
            Self::Tenant(_) => StreamKind::Tenant,
            Self::ApiKey(_) => StreamKind::ApiKey,
            Self::EventType(_) => StreamKind::EventType,
            Self::Subscription(_) => StreamKind::Subscription,
            Self::Event(_) => StreamKind::Event,
            Self::Delivery(_) => StreamKind::Delivery,
            Self::BulkAction(_) => StreamKind::BulkAction,
            Self::Test(_) => StreamKind::Test,
        }
    }

    /// The payload as JSON: an object whose only member names what happened.
    pub fn encode(&self) -> String {
        match self {
            Self::Tenant(event) => write(event, ENVELOPE_BYTES),
            Self::ApiKey(event) => write(event, ENVELOPE_BYTES),
            Self::EventType(event) => write(event, ENVELOPE_BYTES),
            Self::Subscription(event) => write(event, ENVELOPE_BYTES),
            Self::Event(event) => {
                let event::Event::Published(published) = event;
                let metadata = published.metadata.as_ref().map_or(0, |metadata| metadata.as_str().len());
                write(event, ENVELOPE_BYTES + published.data.as_str().len() + metadata)
            }
            Self::Delivery(event) => write(event, ENVELOPE_BYTES),
            Self::BulkAction(event) => write(event, ENVELOPE_BYTES),
            Self::Test(event) => write(event, ENVELOPE_BYTES),
        }
    }

    /// Reads a payload of the current version back; older ones are lifted by upcasters first.
    pub fn decode(record_type: &str, version: u16, payload: &str) -> Result<Self, DecodeError> {
        let unknown = || DecodeError::UnknownType { record_type: record_type.to_owned() };
        let known = current_version(record_type).ok_or_else(unknown)?;
        if version != known {
            return Err(DecodeError::Version { record_type: record_type.to_owned(), found: version, known });
        }
        let fact = match record_type.split_once('.').map_or(record_type, |(kind, _)| kind) {
            "tenant" => read(payload).map(Self::Tenant),
            "api_key" => read(payload).map(Self::ApiKey),
            "event_type" => read(payload).map(Self::EventType),
            "subscription" => read(payload).map(Self::Subscription),
            "event" => read(payload).map(Self::Event),
            "delivery" => read(payload).map(Self::Delivery),
            "bulk_action" => read(payload).map(Self::BulkAction),
            "test" => read(payload).map(Self::Test),
            _ => return Err(unknown()),
        };
        let damaged = |reason| DecodeError::Payload { record_type: record_type.to_owned(), version, reason };
        let fact = fact.map_err(|error: serde_json::Error| damaged(error.to_string()))?;
        if fact.record_type() == record_type {
            Ok(fact)
        } else {
            Err(damaged(format!("it is a \"{}\"", fact.record_type())))
        }
    }
}

/// About how many bytes a record has besides what its author wrote at length.
const ENVELOPE_BYTES: usize = 640;

/// Writes into a buffer of about the right size: one that grows is copied over and over.
fn write(event: &impl Serialize, bytes: usize) -> String {
    let mut payload = Vec::with_capacity(bytes);
    serde_json::to_writer(&mut payload, event).expect("records have text keys and numbers that JSON has");
    String::from_utf8(payload).expect("JSON is written as UTF-8")
}

fn read<'a, T: Deserialize<'a>>(payload: &'a str) -> Result<T, serde_json::Error> {
    serde_json::from_str(payload)
}

macro_rules! facts {
    ($($kind:ident($event:path)),+) => {$(
        impl From<$event> for Fact {
            fn from(event: $event) -> Self {
                Self::$kind(event)
            }
        }
    )+};
}

facts! {
    Tenant(tenant::Event),
    ApiKey(api_key::Event),
    EventType(event_type::Event),
    Subscription(subscription::Event),
    Event(event::Event),
    Delivery(delivery::Event),
    BulkAction(bulk_action::Event),
    Test(test_send::Event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::published;

    #[test]
    fn published_data_is_stored_and_read_back_byte_for_byte() {
        let data = r#"{"b":1.10,"a":[12345678901234567890.123456789, 1e999],"a":"\u0000\u2028é😀"}"#;
        let fact = Fact::from(event::Event::Published(published("benchmark.completed", data)));
        let payload = fact.encode();
        assert!(payload.contains(data));
        assert_eq!(Fact::decode(fact.record_type(), 1, &payload), Ok(fact));
    }

    #[test]
    fn what_is_unknown_newer_or_damaged_is_told_apart() {
        assert!(matches!(Fact::decode("delivery.teleported", 1, "{}"), Err(DecodeError::UnknownType { .. })));
        assert!(matches!(
            Fact::decode("api_key.revoked", 2, "\"revoked\""),
            Err(DecodeError::Version { found: 2, known: 1, .. })
        ));
        assert!(matches!(Fact::decode("api_key.revoked", 1, "{}"), Err(DecodeError::Payload { .. })));
        assert!(matches!(
            Fact::decode("subscription.paused", 1, "\"deleted\""),
            Err(DecodeError::Payload { .. })
        ));
    }
}
