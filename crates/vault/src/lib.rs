//! Seals secrets before they are recorded, and opens them to sign.
//!
//! The *vault* holds one or more master keys. The first seals; all of them open, so that a new one can take over while
//! what the old one sealed stays readable. A seal is bound to its context (tenant and owner): moved to another place,
//! it does not open.
//!
//! Cipher: XChaCha20-Poly1305, whose nonces of 192 bits may be drawn at random without counting.

mod key;
mod vault;

pub use key::{KeyError, MasterKey};
pub use vault::{Context, OpenError, Vault};
