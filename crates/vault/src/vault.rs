//! Sealing and opening.

use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::{Sealed, TenantId};
use rand::Rng;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::key::MasterKey;

const NONCE_BYTES: usize = 24;

/// Where a secret belongs; part of the seal, so that it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Whose it is.
    pub tenant: TenantId,
    /// What it is of, such as the id of a subscription and the name of a header.
    pub owner: &'a str,
}

impl Context<'_> {
    fn associated_data(&self) -> String {
        format!("{}/{}", self.tenant, self.owner)
    }
}

/// Why a seal did not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The key that sealed it is not among the master keys.
    #[error("the master key {key} that sealed this secret is not configured")]
    UnknownKey {
        /// The key's name.
        key: String,
    },
    /// It was altered, or belongs elsewhere.
    #[error("the sealed secret is damaged or belongs elsewhere")]
    Damaged,
}

/// Seals with its first master key, and opens with any.
pub struct Vault {
    keys: Vec<MasterKey>,
    rng: Mutex<Box<dyn Rng + Send>>,
}

impl Vault {
    /// A vault that seals with `current` and also opens what `older` keys sealed; nonces come from `rng`.
    pub fn new(
        current: MasterKey,
        older: impl IntoIterator<Item = MasterKey>,
        rng: impl Rng + Send + 'static,
    ) -> Self {
        let keys = std::iter::once(current).chain(older).collect();
        Self { keys, rng: Mutex::new(Box::new(rng)) }
    }

    /// Whether it can open what the key of this name sealed.
    pub fn knows(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known.name() == key)
    }

    /// Seals `secret` for `context`.
    pub fn seal(&self, context: Context<'_>, secret: &str) -> Sealed {
        let key = &self.keys[0];
        let mut nonce = [0; NONCE_BYTES];
        self.rng.lock().expect("no panic while drawing bytes").fill_bytes(&mut nonce);
        let aad = context.associated_data();
        let payload = Payload { msg: secret.as_bytes(), aad: aad.as_bytes() };
        let sealed = cipher(key)
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a secret is far shorter than the cipher's limit");
        let mut bytes = nonce.to_vec();
        bytes.extend_from_slice(&sealed);
        Sealed { key: key.name().to_owned(), ciphertext: STANDARD.encode(bytes) }
    }

    /// Opens what was sealed for the same `context`.
    pub fn open(&self, context: Context<'_>, sealed: &Sealed) -> Result<SecretString, OpenError> {
        let key = self
            .keys
            .iter()
            .find(|key| key.name() == sealed.key)
            .ok_or_else(|| OpenError::UnknownKey { key: sealed.key.clone() })?;
        let bytes = STANDARD.decode(&sealed.ciphertext).map_err(|_| OpenError::Damaged)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::Damaged)?;
        let aad = context.associated_data();
        let payload = Payload { msg: ciphertext, aad: aad.as_bytes() };
        let plain = cipher(key).decrypt(&XNonce::from(*nonce), payload).map_err(|_| OpenError::Damaged)?;
        let plain = Zeroizing::new(plain);
        std::str::from_utf8(&plain).map(SecretString::from).map_err(|_| OpenError::Damaged)
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("keys", &self.keys).finish_non_exhaustive()
    }
}

fn cipher(key: &MasterKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use secrecy::ExposeSecret;

    use super::*;

    fn rng() -> StdRng {
        StdRng::seed_from_u64(7)
    }

    fn tenant(n: u128) -> TenantId {
        format!("ten_{n:026}").parse().unwrap()
    }

    fn context(owner: &str) -> Context<'_> {
        Context { tenant: tenant(1), owner }
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let vault = Vault::new(MasterKey::generate(&mut rng()), [], rng());
        let sealed = vault.seal(context("sub_1"), "whsec_abc");
        assert_eq!(vault.open(context("sub_1"), &sealed).unwrap().expose_secret(), "whsec_abc");
        assert_eq!(vault.open(context("sub_2"), &sealed).unwrap_err(), OpenError::Damaged);
        let elsewhere = Context { tenant: tenant(2), owner: "sub_1" };
        assert_eq!(vault.open(elsewhere, &sealed).unwrap_err(), OpenError::Damaged);
    }

    #[test]
    fn sealing_twice_gives_different_seals() {
        let vault = Vault::new(MasterKey::generate(&mut rng()), [], rng());
        assert_ne!(vault.seal(context("a"), "x"), vault.seal(context("a"), "x"));
    }

    #[test]
    fn an_older_key_still_opens_and_an_unknown_one_is_named() {
        let mut rng = rng();
        let (old, new) = (MasterKey::generate(&mut rng), MasterKey::generate(&mut rng));
        let sealed = Vault::new(old.clone(), [], self::rng()).seal(context("a"), "x");
        let rotated = Vault::new(new.clone(), [old.clone()], self::rng());
        assert_eq!(rotated.open(context("a"), &sealed).unwrap().expose_secret(), "x");
        let forgetful = Vault::new(new, [], self::rng());
        assert_eq!(
            forgetful.open(context("a"), &sealed).unwrap_err(),
            OpenError::UnknownKey { key: old.name().into() }
        );
    }

    #[test]
    fn a_key_reads_back_and_never_shows() {
        let key = MasterKey::generate(&mut rng());
        assert_eq!(MasterKey::parse(&key.to_text()).unwrap().bytes(), key.bytes());
        assert_eq!(format!("{key:?}"), format!("MasterKey({})", key.name()));
        assert!(MasterKey::parse("hkmk_AAAA").is_err());
    }
}
