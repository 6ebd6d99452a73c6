//! A tenant's wish: which events go where, shaped and signed how, tried how often.
//!
//! *Paused*: events still match and wait. *Disabled*: events no longer match; what already waits is kept and goes on
//! once the subscription is activated. *Deleted*: what waits is cancelled. *Unverified*: the owner wishes that the
//! endpoint agrees first, and it has not; events match and wait.

mod command;
mod event;
mod format;
mod secret;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod verification;
mod wanted;

pub use command::{Change, Command, Refusal};
pub use event::{DisableReason, Event, PauseReason};
pub use format::Format;
pub use secret::{Overlap, OverlapError, Scheme, SigningSecret};
pub use settings::Settings;
pub use state::{Health, HeldSecret, Live, Status, Subscription};
pub use verification::{NoConsent, Verification};
pub use wanted::{EventTypes, EventTypesError, WantedType, WantedTypeError};
