//! The sender's side: every active key signs every message.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{MessageId, SigningKey, UnixSeconds, header, message::Content, scheme::Scheme};

/// The most keys that a [`Signer`] or a [`Verifier`](crate::Verifier) may hold.
pub const KEYS_MAX: usize = 16;

/// Signs with 1 to [`KEYS_MAX`] keys at once, so that a receiver which still knows only the old one, or only
/// the new one, accepts the message: rotation without downtime.
///
/// Keys are parsed and absorbed when they are made. Signing a message hashes its id, time and body where they
/// lie, once per key, and writes the result straight into header values; it cannot fail.
#[derive(Debug, Clone)]
pub struct Signer {
    /// Those whose signatures share `webhook-signature`, newest first.
    standard: Signatures,
    /// Those of HMAC-SHA512, newest first.
    sha512: Signatures,
}

/// No signer was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// Without a key there is nothing to sign with.
    #[error("a signer needs at least one key")]
    NoKey,
    /// More than [`KEYS_MAX`].
    #[error("a signer holds at most {KEYS_MAX} keys")]
    TooManyKeys,
}

impl Signer {
    /// Takes the active keys, newest first: signatures stand in the headers in that order.
    pub fn new(keys: impl IntoIterator<Item = SigningKey>) -> Result<Self, SignerError> {
        let keys: Vec<_> = keys.into_iter().take(KEYS_MAX + 1).collect();
        match keys.len() {
            0 => return Err(SignerError::NoKey),
            1..=KEYS_MAX => {}
            _ => return Err(SignerError::TooManyKeys),
        }
        let (sha512, standard) = keys.into_iter().partition(|key| key.scheme() == Scheme::HmacSha512);
        Ok(Self { standard: Signatures::by(standard), sha512: Signatures::by(sha512) })
    }

    /// Signs the bytes that will be sent, exactly as they will be sent.
    ///
    /// `timestamp` is the time of this attempt, not of the message: receivers refuse what is minutes old.
    pub fn sign(&self, id: &MessageId, timestamp: UnixSeconds, body: &[u8]) -> SignedHeaders {
        let timestamp = HeaderValue::from(timestamp.get());
        let content = Content { id, timestamp: timestamp.as_bytes(), body };
        let signature = self.standard.over(content);
        let signature_sha512 = self.sha512.over(content);
        SignedHeaders { id: id.to_header_value(), timestamp, signature, signature_sha512 }
    }
}

/// The keys that share a header, and how long its value gets.
#[derive(Debug, Clone)]
struct Signatures {
    keys: Vec<SigningKey>,
    header_chars: usize,
}

impl Signatures {
    fn by(keys: Vec<SigningKey>) -> Self {
        let entries: usize = keys.iter().map(|key| key.scheme().entry_chars()).sum();
        let header_chars = entries + keys.len().saturating_sub(1);
        Self { keys, header_chars }
    }

    fn over(&self, content: Content<'_>) -> Option<HeaderValue> {
        if self.keys.is_empty() {
            return None;
        }
        let mut entries = Vec::with_capacity(self.header_chars);
        for key in &self.keys {
            if !entries.is_empty() {
                entries.push(b' ');
            }
            key.sign_into(content, &mut entries);
        }
        Some(HeaderValue::try_from(entries).expect("tokens, commas, base64 and spaces may stand in a header"))
    }
}

/// The headers that make a message a signed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    /// `webhook-id`.
    pub id: HeaderValue,
    /// `webhook-timestamp`.
    pub timestamp: HeaderValue,
    /// `webhook-signature`; absent when every key is one of HMAC-SHA512.
    pub signature: Option<HeaderValue>,
    /// `hookledger-signature-sha512`; absent when no key is one of HMAC-SHA512.
    pub signature_sha512: Option<HeaderValue>,
}

impl SignedHeaders {
    /// Puts them into a request, in place of whatever stood under their names.
    ///
    /// All four names are cleared first, so that nothing put there before can pass for a signature.
    pub fn insert_into(self, headers: &mut HeaderMap) {
        for name in [header::SIGNATURE, header::SIGNATURE_SHA512] {
            headers.remove(name);
        }
        for (name, value) in self {
            headers.insert(name, value);
        }
    }
}

impl IntoIterator for SignedHeaders {
    type Item = (HeaderName, HeaderValue);
    type IntoIter = std::iter::Flatten<std::array::IntoIter<Option<(HeaderName, HeaderValue)>, 4>>;

    /// The headers that are present, by name.
    fn into_iter(self) -> Self::IntoIter {
        [
            Some((header::ID, self.id)),
            Some((header::TIMESTAMP, self.timestamp)),
            self.signature.map(|value| (header::SIGNATURE, value)),
            self.signature_sha512.map(|value| (header::SIGNATURE_SHA512, value)),
        ]
        .into_iter()
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PrivateKey, Secret};

    fn secret(byte: u8) -> Secret {
        Secret::from_bytes(&[byte; 32]).unwrap()
    }

    fn sign(keys: impl IntoIterator<Item = SigningKey>) -> SignedHeaders {
        let id = MessageId::new("msg_1").unwrap();
        Signer::new(keys).unwrap().sign(&id, UnixSeconds::new(1_614_265_330), b"{}")
    }

    fn text(value: Option<HeaderValue>) -> String {
        value.unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn the_newest_key_stands_first() {
        let both = text(sign([2, 1].map(|byte| SigningKey::hmac_sha256(&secret(byte)))).signature);
        let new = text(sign([SigningKey::hmac_sha256(&secret(2))]).signature);
        let old = text(sign([SigningKey::hmac_sha256(&secret(1))]).signature);
        assert_eq!(both, format!("{new} {old}"));
    }

    #[test]
    fn sha512_stands_in_a_header_of_its_own() {
        let signed = sign([SigningKey::hmac_sha512(&secret(1)), SigningKey::hmac_sha256(&secret(1))]);
        assert!(text(signed.signature).starts_with("v1,"));
        assert!(text(signed.signature_sha512).starts_with("v1s512,"));
    }

    #[test]
    fn a_signer_of_sha512_only_leaves_the_standard_header_out() {
        let signed = sign([SigningKey::hmac_sha512(&secret(1))]);
        assert_eq!(signed.signature, None);
        assert_eq!(signed.into_iter().count(), 3);
    }

    #[test]
    fn every_entry_has_exactly_one_comma() {
        let private = PrivateKey::from_seed(&[9; 32]);
        let entries =
            text(sign([SigningKey::ed25519(&private), SigningKey::hmac_sha256(&secret(1))]).signature);
        assert!(entries.split(' ').all(|entry| entry.matches(',').count() == 1), "{entries}");
    }

    #[test]
    fn inserting_leaves_nothing_of_what_stood_there() {
        let mut headers = HeaderMap::new();
        headers.append(header::ID, HeaderValue::from_static("forged"));
        headers.append(header::ID, HeaderValue::from_static("forged too"));
        headers.append(header::SIGNATURE_SHA512, HeaderValue::from_static("v1s512,forged"));
        sign([SigningKey::hmac_sha256(&secret(1))]).insert_into(&mut headers);
        assert_eq!(headers.get_all(header::ID).iter().collect::<Vec<_>>(), ["msg_1"]);
        assert!(!headers.contains_key(header::SIGNATURE_SHA512));
    }

    #[test]
    fn no_key_and_too_many_keys_are_refused() {
        let key = SigningKey::hmac_sha256(&secret(1));
        assert_eq!(Signer::new([]).unwrap_err(), SignerError::NoKey);
        assert!(Signer::new(vec![key.clone(); KEYS_MAX]).is_ok());
        assert_eq!(Signer::new(vec![key; KEYS_MAX + 1]).unwrap_err(), SignerError::TooManyKeys);
    }
}
