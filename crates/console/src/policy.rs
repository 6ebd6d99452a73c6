//! What a browser may do with the console's pages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::HeaderValue;
use rand::Rng;

/// Bytes of chance in a nonce.
const NONCE_BYTES: usize = 16;

/// A text that the styles of one answer carry, so that styles which somebody smuggled in are told apart.
pub(crate) fn nonce(rng: &mut impl Rng) -> String {
    let mut bytes = [0; NONCE_BYTES];
    rng.fill_bytes(&mut bytes);
    STANDARD_NO_PAD.encode(bytes)
}

/// Scripts only from our own files, without exception; styles from our own files, and those that our scripts add under
/// the nonce. Requests only to ourselves; nobody may frame the page.
pub(crate) fn content_security_policy(nonce: &str) -> HeaderValue {
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&text).expect("base64 can stand in a header")
}
