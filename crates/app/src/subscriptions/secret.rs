//! Secrets to sign with: made or taken, sealed, shown once, rotated, revoked.

use domain::subscription::{Command, Overlap, Scheme, SigningSecret, Subscription};
use domain::{Scope, SecretId, Sequence, SubscriptionId, TenantId};
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use signature::{PrivateKey, Secret};
use vault::Context;
use zeroize::Zeroizing;

use super::{NewSecret, Refusal};
use crate::app::App;
use crate::change::Changed;
use crate::decide::Edit;
use crate::error::Error;
use crate::request::Request;

/// What receivers verify with. Shown this once.
#[derive(Debug, Clone)]
pub struct ShownSecret {
    /// Names the secret.
    pub id: SecretId,
    /// How it signs.
    pub scheme: Scheme,
    /// The shared secret, `whsec_…`, where the scheme has one.
    pub secret: Option<SecretString>,
    /// The public key, `whpk_…`, where the scheme has one. The private half is never shown.
    pub public_key: Option<String>,
}

/// A subscription signs with a new secret.
#[derive(Debug, Clone)]
pub struct Rotated {
    /// The new one.
    pub secret: ShownSecret,
    /// What was recorded.
    pub changed: Changed,
}

/// A secret in the clear, on its way to the vault.
pub(super) struct Material {
    scheme: Scheme,
    text: Zeroizing<String>,
    public_key: Option<String>,
}

impl Material {
    /// The owner's secret, or a new one from `rng`; signs as the subscription does `now` if nobody says how.
    pub(super) fn make(new: &NewSecret, now: Option<Scheme>, rng: &mut dyn Rng) -> Result<Self, Refusal> {
        let own = new.own.as_ref().map(ExposeSecret::expose_secret);
        let says =
            own.map(
                |own| {
                    if own.trim_start().starts_with("whsk_") { Scheme::Ed25519 } else { Scheme::HmacSha256 }
                },
            );
        let fitting =
            |now: Scheme| says.is_none_or(|says| (says == Scheme::Ed25519) == (now == Scheme::Ed25519));
        let scheme = new.scheme.or(now.filter(|now| fitting(*now))).or(says).unwrap_or_default();
        match scheme {
            Scheme::HmacSha256 | Scheme::HmacSha512 => {
                let secret: Secret = match own {
                    Some(own) => own.parse().map_err(Refusal::Secret)?,
                    None => Secret::generate(|bytes| rng.fill_bytes(bytes)),
                };
                Ok(Self { scheme, text: secret.reveal(), public_key: None })
            }
            Scheme::Ed25519 => {
                let key: PrivateKey = match own {
                    Some(own) => own.parse().map_err(Refusal::Secret)?,
                    None => PrivateKey::generate(|bytes| rng.fill_bytes(bytes)),
                };
                Ok(Self { scheme, text: key.reveal(), public_key: Some(key.public_key().to_string()) })
            }
        }
    }
}

impl App {
    /// Signs with a new secret from now on; the current one signs along for `overlap`.
    ///
    /// Needs the scope `manage`.
    pub async fn rotate_secret(
        &self,
        request: &Request,
        id: SubscriptionId,
        expected: Option<Sequence>,
        new: NewSecret,
        overlap: Overlap,
    ) -> Result<Rotated, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let at = self.clock().now();
        let mut shown = None;
        let edit = Edit::of(request.tenant(), id, expected);
        let changed = self
            .change_from::<Subscription, Refusal>(request, edit, |subscription| {
                let now = subscription.live().map(|live| live.secret.scheme);
                let material = self.draw(|rng| Material::make(&new, now, rng))?;
                let (secret, to_show) = self.seal_secret(request.tenant(), id, material);
                shown = Some(to_show);
                Ok(Command::RotateSecret { secret, overlap, at })
            })
            .await?;
        Ok(Rotated { secret: shown.expect("a rotation that was recorded made a secret"), changed })
    }

    /// Stops signing with an old secret before its time.
    ///
    /// Needs the scope `manage`.
    pub async fn revoke_secret(
        &self,
        request: &Request,
        id: SubscriptionId,
        expected: Option<Sequence>,
        secret: SecretId,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let command = Command::RevokeSecret { secret, at: self.clock().now() };
        self.change::<Subscription, Refusal>(request, Edit::of(request.tenant(), id, expected), command).await
    }

    /// Seals a secret for one subscription, and keeps what is shown of it.
    pub(super) fn seal_secret(
        &self,
        tenant: TenantId,
        subscription: SubscriptionId,
        material: Material,
    ) -> (SigningSecret, ShownSecret) {
        let Material { scheme, text, public_key } = material;
        let id = SecretId::generate(self.ids());
        let owner = format!("{subscription}/secret/{id}");
        let sealed = self.vault().seal(Context { tenant, owner: &owner }, &text);
        let shared = (scheme != Scheme::Ed25519).then(|| SecretString::from(text.as_str()));
        let shown = ShownSecret { id, scheme, secret: shared, public_key: public_key.clone() };
        (SigningSecret { id, scheme, sealed, public_key }, shown)
    }
}
