//! The words and rules of Hookledger: ids, aggregates, commands, records and policies.
//!
//! Pure: the domain never awaits, reads no clock, draws no random number and opens no file. What a decision needs
//! arrives with its command; what it decides leaves as facts for the ledger.

pub mod api_key;
pub mod bulk_action;
pub mod delivery;
pub mod event;
pub mod event_type;
pub mod policy;
pub mod routing;
pub mod subscription;
pub mod tenant;
pub mod test_send;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod versions;

mod actor;
mod decider;
mod endpoint;
mod id;
mod json;
mod record;
mod sealed;
mod stream;
mod text;
mod time;

pub use actor::{Actor, Caller, Metadata, Scope};
pub use decider::{Decider, Versioned};
pub use endpoint::{EndpointUrl, EndpointUrlError, Headers, HeadersError};
pub use id::{
    ApiKeyId, BulkActionId, DeliveryId, EventId, EventTypeId, IdError, IdSource, RecordId, SecretId,
    SubscriptionId, TenantId, TestId,
};
pub use json::{JsonError, RawJson};
pub use record::{DecodeError, Fact, RECORD_TYPES, current_version};
pub use rules::{EventType, Filter, TypePattern};
pub use sealed::Sealed;
pub use stream::{Position, Sequence, StreamId, StreamKind};
pub use text::{Description, Labels, Name, TextError};
pub use time::{Clock, Timestamp, TimestampError};
