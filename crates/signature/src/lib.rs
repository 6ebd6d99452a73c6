#![cfg_attr(feature = "tower", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "tower"), doc = "Signs and verifies Standard Webhooks.")]

mod clock;
mod ed25519;
pub mod header;
mod key;
mod key_text;
mod message;
#[cfg(feature = "tower")]
pub mod receive;
mod rejection;
pub mod replay;
mod scheme;
mod secret;
mod signer;
mod verifier;

pub use clock::system_clock;
pub use ed25519::{PrivateKey, PublicKey};
pub use key::{SigningKey, VerifyingKey};
pub use key_text::KeyError;
pub use message::{ID_BYTES_MAX, MessageId, MessageIdError, UnixSeconds};
#[cfg(feature = "tower")]
pub use receive::{OnRepeat, Repeated, VerifyLayer};
pub use rejection::Rejection;
pub use replay::{MemoryReplayGuard, ReplayGuard};
pub use scheme::Scheme;
pub use secret::{SECRET_BYTES_MAX, SECRET_BYTES_MIN, Secret};
pub use signer::{KEYS_MAX, SignedHeaders, Signer, SignerError};
pub use verifier::{
    Envelope, SIGNATURES_MAX, TOLERANCE_DEFAULT, TOLERANCE_MAX, Verified, Verifier, VerifierError,
};
