//! The headers of a signed message, by name, and how long each may be.

use http::HeaderName;

/// `webhook-id`: what the message is called; all attempts to deliver it share it.
pub const ID: HeaderName = HeaderName::from_static("webhook-id");

/// `webhook-timestamp`: when this attempt was made, in seconds since the Unix epoch.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");

/// `webhook-signature`: the `v1` and `v1a` signatures, separated by spaces.
pub const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// `hookledger-signature-sha512`: the HMAC-SHA512 signatures, separated by spaces, each `v1s512,<base64>`.
///
/// They are kept out of [`SIGNATURE`] because verifiers in wide use are strict about entries that they do
/// not know: some unpack every entry before they look at its scheme, and one without exactly one comma
/// ends in an exception rather than a refusal. Standard Webhooks names no scheme for SHA-512, so nobody
/// but a receiver that asked for it has to meet one.
pub const SIGNATURE_SHA512: HeaderName = HeaderName::from_static("hookledger-signature-sha512");

/// A signature header longer than this many bytes is refused before it is taken apart.
///
/// Room for [`SIGNATURES_MAX`](crate::SIGNATURES_MAX) of ours, and for longer ones of schemes to come.
pub const SIGNATURE_BYTES_MAX: usize = 8 * 1024;
