//! The text of an API key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const START: &str = "hk_";
const RANDOM_BYTES: usize = 32;
/// How many characters a key has: `hk_`, and 32 bytes as base64url without padding.
pub const TOKEN_CHARS: usize = START.len() + (RANDOM_BYTES * 4).div_ceil(3);
/// How many characters of a key are shown and recorded.
pub const PREFIX_CHARS: usize = START.len() + 8;

/// The recorded start of a key.
pub(crate) type Prefix = [u8; PREFIX_CHARS];
/// SHA-256 of a whole key.
pub(crate) type Hash = [u8; 32];

/// A key that was just made; the only moment at which its text exists here.
pub(crate) struct FreshKey {
    /// The text, to be shown once.
    pub(crate) text: SecretString,
    /// Its recorded start.
    pub(crate) prefix: String,
    /// Its recorded hash, in lower-case hex.
    pub(crate) hash: String,
}

impl FreshKey {
    /// A new key from `rng`.
    pub(crate) fn generate(rng: &mut dyn Rng) -> Self {
        let text = fresh_text(START, rng);
        let (prefix, hash) = (text[..PREFIX_CHARS].to_owned(), hex::encode(hash(&text)));
        Self { text: SecretString::from(text.as_str()), prefix, hash }
    }
}

/// A text that nobody can guess: `start`, and 32 random bytes as base64url.
pub(super) fn fresh_text(start: &str, rng: &mut dyn Rng) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; RANDOM_BYTES]);
    rng.fill_bytes(&mut *bytes);
    // Room for all of it, because a string that grows leaves its old text in freed memory.
    let mut text = Zeroizing::new(String::with_capacity(start.len() + (RANDOM_BYTES * 4).div_ceil(3)));
    text.push_str(start);
    URL_SAFE_NO_PAD.encode_string(*bytes, &mut text);
    text
}

/// The prefix of a text that looks like a key.
pub(crate) fn prefix(token: &str) -> Option<Prefix> {
    let looks_right = token.len() == TOKEN_CHARS
        && token.starts_with(START)
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if looks_right { token.as_bytes().first_chunk().copied() } else { None }
}

/// The hash of a whole key.
pub(crate) fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_fresh_key_has_the_promised_form_and_is_recorded_by_prefix_and_hash() {
        let key = FreshKey::generate(&mut StdRng::seed_from_u64(7));
        let text = key.text.expose_secret();
        assert_eq!((text.len(), key.prefix.as_str()), (46, &text[..11]));
        assert_eq!(prefix(text).unwrap(), key.prefix.as_bytes());
        assert_eq!(key.hash, hex::encode(hash(text)));
        assert!(!key.hash.contains(&text[11..]));
    }

    #[test]
    fn what_does_not_look_like_a_key_has_no_prefix() {
        let good = format!("hk_{}", "a".repeat(43));
        assert!(prefix(&good).is_some());
        let long = format!("{good}a");
        for bad in [
            "",
            "hk_",
            &good[..45],
            &long,
            &good.replace("hk", "HK"),
            &good.replacen('a', "+", 1),
            &good.replacen("aa", "é", 1),
        ] {
            assert_eq!(prefix(bad), None, "{bad}");
        }
    }
}
