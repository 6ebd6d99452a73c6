//! What a subscription's settings come to when a request is made: a judged endpoint, opened secrets, ready headers.

use std::sync::Arc;
use std::time::Duration;

use domain::subscription::{EventTypes, Format, Live, Scheme, SigningSecret};
use domain::{Sequence, SubscriptionId, TenantId, Timestamp};
use egress::{Deadlines, Endpoint, Origin, UrlPolicy};
use http::HeaderMap;
use secrecy::ExposeSecret;
use signature::{PrivateKey, Secret, Signer, SigningKey};
use vault::{Context, Vault};

/// Everything that a request needs of a version of a subscription; made once per version.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// The version that it was made of.
    pub version: Sequence,
    /// Where to.
    pub endpoint: Endpoint,
    /// Which types are wanted, and at which versions.
    pub wanted: Arc<EventTypes>,
    /// In which form.
    pub format: Format,
    /// What the owner adds, and who sends it, if the endpoint was asked to agree to that.
    pub headers: HeaderMap,
    /// Signs with every secret that is good.
    pub signer: Signer,
    /// How long a request may take.
    pub deadlines: Deadlines,
    /// When the next old secret ends, and this has to be made anew.
    pub good_until: Timestamp,
}

/// Why no request can be made: something stored does not serve any more.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The policy for URLs is stricter than when it was saved.
    #[error("the endpoint is refused: {0}")]
    Endpoint(egress::UrlRefusal),
    /// A secret or a header cannot be opened.
    #[error("a stored secret cannot be opened")]
    Sealed(#[from] vault::OpenError),
    /// What was opened is not a secret of its scheme, or not a header.
    #[error("a stored {what} is damaged")]
    Damaged {
        /// What it should have been.
        what: &'static str,
    },
}

impl Outbound {
    /// Opens and checks what requests of `live` need at `now`.
    pub fn prepare(
        tenant: TenantId,
        id: SubscriptionId,
        (live, version): (&Live, Sequence),
        now: Timestamp,
        vault: &Vault,
        (urls, origin): (&UrlPolicy, &Origin),
    ) -> Result<Self, OutboundError> {
        let endpoint = urls.check(live.settings.endpoint.as_str()).map_err(OutboundError::Endpoint)?;
        let keys: Result<Vec<_>, _> =
            live.signing_secrets(now).map(|secret| signing_key(tenant, id, secret, vault)).collect();
        let signer =
            Signer::new(keys?).map_err(|_| OutboundError::Damaged { what: "set of signing secrets" })?;
        let mut headers = open_headers(tenant, id, live, vault)?;
        if live.settings.verify_endpoint {
            headers.insert(Origin::REQUEST_HEADER, origin.value());
        }
        let ends = live.old_secrets.iter().map(|held| held.until).filter(|until| *until > now);
        Ok(Self {
            version,
            endpoint,
            wanted: Arc::new(live.settings.event_types.clone()),
            format: live.settings.format,
            headers,
            signer,
            deadlines: deadlines(live.settings.limits.timeout_ms()),
            good_until: ends.min().unwrap_or(Timestamp::MAX),
        })
    }

    /// Whether it still is what `version` comes to at `now`.
    pub fn serves(&self, version: Sequence, now: Timestamp) -> bool {
        self.version == version && now < self.good_until
    }
}

pub(crate) fn signing_key(
    tenant: TenantId,
    id: SubscriptionId,
    secret: &SigningSecret,
    vault: &Vault,
) -> Result<SigningKey, OutboundError> {
    let owner = format!("{id}/secret/{}", secret.id);
    let text = vault.open(Context { tenant, owner: &owner }, &secret.sealed)?;
    let damaged = |_| OutboundError::Damaged { what: "signing secret" };
    Ok(match secret.scheme {
        Scheme::HmacSha256 => {
            SigningKey::hmac_sha256(&text.expose_secret().parse::<Secret>().map_err(damaged)?)
        }
        Scheme::HmacSha512 => {
            SigningKey::hmac_sha512(&text.expose_secret().parse::<Secret>().map_err(damaged)?)
        }
        Scheme::Ed25519 => SigningKey::ed25519(&text.expose_secret().parse::<PrivateKey>().map_err(damaged)?),
    })
}

fn open_headers(
    tenant: TenantId,
    id: SubscriptionId,
    live: &Live,
    vault: &Vault,
) -> Result<HeaderMap, OutboundError> {
    let mut headers = HeaderMap::new();
    for (name, sealed) in live.settings.headers.iter() {
        let owner = format!("{id}/header/{name}");
        let value = vault.open(Context { tenant, owner: &owner }, sealed)?;
        let damaged = || OutboundError::Damaged { what: "header" };
        let (name, mut value) = egress::check_header(name, value.expose_secret()).map_err(|_| damaged())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// The subscription's timeout bounds everything; the phases keep their usual bounds below it.
fn deadlines(timeout_ms: u64) -> Deadlines {
    let total = Duration::from_millis(timeout_ms);
    let usual = Deadlines::default();
    usual.with_total(total).and_then(|deadlines| deadlines.with_first_byte(total)).unwrap_or(usual)
}
