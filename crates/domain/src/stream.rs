//! Where a record stands: its stream, its sequence there, and its position among all.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{
    ApiKeyId, BulkActionId, DeliveryId, EventId, EventTypeId, IdError, SubscriptionId, TenantId, TestId,
};

/// The place of a record in the order of the whole ledger; the first record has 1, and 0 is before all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first record.
    pub const START: Self = Self(0);
    /// After the last one, whatever it is.
    pub const END: Self = Self(u64::MAX);
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of a record in its stream; the first has 1. The last one is the version of what the stream describes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

impl Sequence {
    /// Of a stream without records.
    pub const NONE: Self = Self(0);

    /// The sequence that follows.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a stream describes: the type of the aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamKind {
    /// A tenant.
    Tenant,
    /// An API key.
    ApiKey,
    /// A registered event type.
    EventType,
    /// A subscription.
    Subscription,
    /// A published event.
    Event,
    /// One event for one subscription.
    Delivery,
    /// Something that is done to many deliveries.
    BulkAction,
    /// A request that was made to see how an endpoint answers.
    Test,
}

impl StreamKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Tenant,
        Self::ApiKey,
        Self::EventType,
        Self::Subscription,
        Self::Event,
        Self::Delivery,
        Self::BulkAction,
        Self::Test,
    ];

    /// The kinds that people change: few records, kept apart so that they can be read without the rest.
    pub const CONTROL: [Self; 5] =
        [Self::Tenant, Self::ApiKey, Self::EventType, Self::Subscription, Self::BulkAction];

    /// The name that is stored as the aggregate type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::ApiKey => "api_key",
            Self::EventType => "event_type",
            Self::Subscription => "subscription",
            Self::Event => "event",
            Self::Delivery => "delivery",
            Self::BulkAction => "bulk_action",
            Self::Test => "test",
        }
    }

    /// The kind with this stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The stream of one aggregate: its kind and the bits of its id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// What the stream describes.
    pub kind: StreamKind,
    /// The bits of the id.
    pub uuid: Uuid,
}

macro_rules! streams {
    ($($kind:ident => $id:ident),+) => {
        $(impl From<$id> for StreamId {
            fn from(id: $id) -> Self {
                Self { kind: StreamKind::$kind, uuid: id.uuid() }
            }
        })+

        /// Written as the id of the aggregate, such as `sub_01h2xcejqtf2nbrexx3vqjhp41`.
        impl fmt::Display for StreamId {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.kind {
                    $(StreamKind::$kind => $id::from_uuid(self.uuid).fmt(f),)+
                }
            }
        }

        impl FromStr for StreamId {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                $(if text.starts_with($id::PREFIX) {
                    return text.parse::<$id>().map(Self::from);
                })+
                Err(IdError::Malformed)
            }
        }
    };
}

streams! {
    Tenant => TenantId,
    ApiKey => ApiKeyId,
    EventType => EventTypeId,
    Subscription => SubscriptionId,
    Event => EventId,
    Delivery => DeliveryId,
    BulkAction => BulkActionId,
    Test => TestId
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stream_reads_back_from_its_name() {
        for kind in StreamKind::ALL {
            let stream = StreamId { kind, uuid: Uuid::from_u128(7) };
            assert_eq!(stream.to_string().parse(), Ok(stream));
            assert_eq!(StreamKind::from_name(kind.as_str()), Some(kind));
        }
    }
}
