//! Keys made ready: parsed once, used for every message.
//!
//! An HMAC key is absorbed when the key is made; a message then starts from a copy of that state.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::ed25519::signature::{MultipartSigner as _, MultipartVerifier as _};
use hmac::{Hmac, KeyInit as _, Mac, digest::CtOutput};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use crate::{KeyError, PrivateKey, PublicKey, Scheme, Secret, message::Content};

/// A key that signs, together with the scheme that it signs by.
///
/// Prints only its scheme.
#[derive(Clone)]
pub struct SigningKey(Signing);

#[derive(Clone)]
enum Signing {
    Hmac(Keyed),
    Ed25519(PrivateKey),
}

impl SigningKey {
    /// Signs by `v1`.
    pub fn hmac_sha256(secret: &Secret) -> Self {
        Self(Signing::Hmac(Keyed::sha256(secret)))
    }

    /// Signs by `v1s512`, in a header of its own.
    pub fn hmac_sha512(secret: &Secret) -> Self {
        Self(Signing::Hmac(Keyed::sha512(secret)))
    }

    /// Signs by `v1a`.
    pub fn ed25519(key: &PrivateKey) -> Self {
        Self(Signing::Ed25519(key.clone()))
    }

    /// The scheme that this key signs by.
    pub fn scheme(&self) -> Scheme {
        match &self.0 {
            Signing::Hmac(keyed) => keyed.scheme(),
            Signing::Ed25519(_) => Scheme::Ed25519,
        }
    }

    /// Appends `token,base64` to `entries`.
    pub(crate) fn sign_into(&self, content: Content<'_>, entries: &mut Vec<u8>) {
        entries.extend_from_slice(self.scheme().token().as_bytes());
        entries.push(b',');
        match &self.0 {
            Signing::Hmac(Keyed::Sha256(state)) => append_base64(entries, tag(state, content).as_bytes()),
            Signing::Hmac(Keyed::Sha512(state)) => append_base64(entries, tag(state, content).as_bytes()),
            Signing::Ed25519(key) => {
                append_base64(entries, &key.0.multipart_sign(&content.parts()).to_bytes());
            }
        }
    }
}

impl FromStr for SigningKey {
    type Err = KeyError;

    /// Reads `whsec_…` for `v1` or `whsk_…` for `v1a`.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        match text.trim() {
            text if text.starts_with("whsec_") => Ok(Self::hmac_sha256(&text.parse()?)),
            text if text.starts_with("whsk_") => Ok(Self::ed25519(&text.parse()?)),
            _ => Err(KeyError::Prefix { expected: "whsec_ or whsk_" }),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.scheme())
    }
}

/// A key that verifies, together with the scheme whose signatures it can judge.
///
/// Prints only its scheme.
#[derive(Clone)]
pub struct VerifyingKey(Verifying);

#[derive(Clone)]
enum Verifying {
    Hmac(Keyed),
    Ed25519(PublicKey),
}

impl VerifyingKey {
    /// Judges `v1`.
    pub fn hmac_sha256(secret: &Secret) -> Self {
        Self(Verifying::Hmac(Keyed::sha256(secret)))
    }

    /// Judges `v1s512`, which stands in a header of its own.
    pub fn hmac_sha512(secret: &Secret) -> Self {
        Self(Verifying::Hmac(Keyed::sha512(secret)))
    }

    /// Judges `v1a`.
    pub fn ed25519(key: &PublicKey) -> Self {
        Self(Verifying::Ed25519(key.clone()))
    }

    /// The scheme whose signatures this key judges.
    pub fn scheme(&self) -> Scheme {
        match &self.0 {
            Verifying::Hmac(keyed) => keyed.scheme(),
            Verifying::Ed25519(_) => Scheme::Ed25519,
        }
    }

    /// Whether one of the signatures, all of this key's scheme, was made over `content` with this key.
    ///
    /// The body is hashed once for a shared secret, once per signature for a public key.
    pub(crate) fn matches<'a>(
        &self,
        content: Content<'_>,
        mut signatures: impl Iterator<Item = &'a [u8]>,
    ) -> bool {
        match &self.0 {
            Verifying::Hmac(Keyed::Sha256(state)) => {
                let expected = tag(state, content);
                signatures.any(|signature| expected.as_bytes().ct_eq(signature).into())
            }
            Verifying::Hmac(Keyed::Sha512(state)) => {
                let expected = tag(state, content);
                signatures.any(|signature| expected.as_bytes().ct_eq(signature).into())
            }
            Verifying::Ed25519(key) => signatures
                .filter_map(|signature| ed25519_dalek::Signature::from_slice(signature).ok())
                .any(|signature| key.0.multipart_verify(&content.parts(), &signature).is_ok()),
        }
    }
}

impl FromStr for VerifyingKey {
    type Err = KeyError;

    /// Reads `whsec_…` for `v1` or `whpk_…` for `v1a`.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        match text.trim() {
            text if text.starts_with("whsec_") => Ok(Self::hmac_sha256(&text.parse()?)),
            text if text.starts_with("whpk_") => Ok(Self::ed25519(&text.parse()?)),
            _ => Err(KeyError::Prefix { expected: "whsec_ or whpk_" }),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.scheme())
    }
}

/// An HMAC that has absorbed its key; wiped when dropped.
#[derive(Clone)]
enum Keyed {
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl Keyed {
    fn sha256(secret: &Secret) -> Self {
        Self::Sha256(Hmac::new_from_slice(secret.as_bytes()).expect("HMAC accepts keys of any length"))
    }

    fn sha512(secret: &Secret) -> Self {
        Self::Sha512(Hmac::new_from_slice(secret.as_bytes()).expect("HMAC accepts keys of any length"))
    }

    fn scheme(&self) -> Scheme {
        match self {
            Self::Sha256(_) => Scheme::HmacSha256,
            Self::Sha512(_) => Scheme::HmacSha512,
        }
    }
}

fn tag<M: Mac + Clone>(keyed: &M, content: Content<'_>) -> CtOutput<M> {
    let mut mac = keyed.clone();
    for part in content.parts() {
        mac.update(part);
    }
    mac.finalize()
}

fn append_base64(text: &mut Vec<u8>, bytes: &[u8]) {
    let start = text.len();
    text.resize(start + bytes.len().div_ceil(3) * 4, 0);
    STANDARD.encode_slice(bytes, &mut text[start..]).expect("room was made for exactly this many bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_chooses_the_scheme() {
        let secret = Secret::from_bytes(&[1; 32]).unwrap().reveal();
        let private = PrivateKey::from_seed(&[1; 32]);
        assert_eq!(secret.parse::<SigningKey>().unwrap().scheme(), Scheme::HmacSha256);
        assert_eq!(private.reveal().parse::<SigningKey>().unwrap().scheme(), Scheme::Ed25519);
        assert_eq!(
            private.public_key().to_string().parse::<VerifyingKey>().unwrap().scheme(),
            Scheme::Ed25519
        );
    }

    #[test]
    fn a_receiver_that_was_given_the_private_key_is_told() {
        let private = PrivateKey::from_seed(&[1; 32]).reveal();
        let refused = private.parse::<VerifyingKey>().unwrap_err();
        assert_eq!(refused, KeyError::Prefix { expected: "whsec_ or whpk_" });
    }

    #[test]
    fn keys_print_their_scheme_only() {
        let secret = Secret::from_bytes(&[1; 32]).unwrap();
        assert_eq!(format!("{:?}", SigningKey::hmac_sha256(&secret)), "SigningKey(v1)");
        assert_eq!(format!("{:?}", VerifyingKey::hmac_sha512(&secret)), "VerifyingKey(v1s512)");
    }
}
