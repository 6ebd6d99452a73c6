//! A tower layer for receivers: what gets past it was sent by someone who holds a key, and was not altered.
//!
//! The layer reads the body, bounded, into memory, judges the bytes as they arrived, and hands the request on
//! with those same bytes and a [`Verified`](crate::Verified) among its extensions. Anything else is answered
//! here, with an RFC 9457 problem that names the reason:
//!
//! | status | reason |
//! |---|---|
//! | 400 | a header is missing, repeated, malformed or too long; too many signatures; the body broke off |
//! | 401 | too old, too new, no signature of a known scheme, no signature matches |
//! | 409 | the message is being handled right now, or (if so configured) was handled before |
//! | 413 | the body is longer than the bound |
//! | 503 | the replay memory is full or out of reach |
//!
//! A refusal that comes before the end of the body waits for what follows, up to the same bound, and throws it
//! away: a sender that writes everything before it reads gets to see the reason rather than a reset.
//!
//! With a [`ReplayGuard`](crate::ReplayGuard), an answer of 2xx commits the message's id, and anything else,
//! a panic or a lost connection included, gives it back, so that the sender's next attempt is handled.
//!
//! Not here: a deadline for reading the body. Put a timeout around this layer, or clients that send one byte a
//! minute hold a connection each.

mod answer;
mod layer;
mod service;

pub use layer::{BODY_BYTES_MAX_DEFAULT, OnRepeat, VerifyLayer};
pub use service::{Repeated, VerifyService};
