//! What owners do with their subscriptions.
//!
//! Secrets and header values are sealed before they enter a command; a secret is shown once, when it is made.

mod create;
mod edit;
mod headers;
mod input;
mod read;
mod refusal;
mod secret;
mod verify;

pub use create::Created;
pub use input::{Changes, HeaderChange, NewSecret, NewSubscription};
pub use read::{Change, Detail, SecretInfo};
pub use refusal::Refusal;
pub use secret::{Rotated, ShownSecret};
pub use verify::Verified;
