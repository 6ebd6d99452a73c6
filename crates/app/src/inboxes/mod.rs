//! Throw-away receivers in the server itself: somewhere to deliver to before there is a receiver.
//!
//! An inbox has an unguessable URL of a form that leads nowhere but to this server: deliveries to it never meet the network.
//! It keeps the last requests as they came, tells whether their signatures are good, and answers as its owner wants.
//!
//! Inboxes live in the memory of this node and are gone when it stops: what a subscription delivers to one that is gone is
//! answered with 404. Bounded in number, in requests and in bytes, of an inbox and of all; see the constants. Where all
//! together keep too much, the oldest requests of the inbox that keeps most go, so that nobody pays for somebody else.

mod desk;
mod inbox;
mod refusal;
mod script;
mod usecases;
mod verify;

pub use inbox::{Answered, Inbox, InboxRequest};
pub use refusal::Refusal;
pub use script::{Reply, Script, ScriptError};
pub use usecases::{InboxChanges, Incoming, NewInbox};
pub use verify::{Check, Verdict};

pub(crate) use desk::Desk;
pub(crate) use usecases::Expected;

use std::time::Duration;

/// What the URL of every inbox begins with. The name is reserved for private use and is never looked up.
pub const URL_PREFIX: &str = "https://inbox.hookledger.internal/";
/// The most inboxes of a tenant.
pub const PER_TENANT_MAX: usize = 20;
/// The most inboxes of this node.
pub const INBOXES_MAX: usize = 1_000;
/// How many bytes of requests all inboxes of this node keep together.
pub const ALL_BYTES_MAX: usize = 64 << 20;
/// How many requests an inbox keeps; older ones go.
pub const REQUESTS_KEPT: usize = 100;
/// How many bytes of requests an inbox keeps: bodies, headers and paths; older requests go.
pub const INBOX_BYTES_MAX: usize = 1 << 20;
/// The largest body that an inbox takes.
pub const BODY_BYTES_MAX: usize = 512 << 10;
/// The shortest and the longest life of an inbox.
pub const LIFETIME: std::ops::RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(168);
