//! Requests that were made, put together again from what is on record: to be looked at, never sent.
//!
//! Signatures are not kept. They follow from the id, the second, the body and the secret, in every scheme that there is;
//! so they are made again while the secret may be used and can be opened.

use bytes::Bytes;
use domain::{Position, SecretId, Timestamp};
use egress::Origin;
use http::{HeaderMap, HeaderName, HeaderValue};
use signature::{MessageId, Signer, UnixSeconds, header};

use crate::content::Sight;
use crate::outbound::{OutboundError, signing_key};
use crate::tester::{Draft, Tester, WriteError};

/// A request that was made.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// What was sent to whom: the subscription as it was then.
    pub draft: Draft<'a>,
    /// Where the event stands.
    pub position: Position,
    /// When the request started.
    pub started_at: Timestamp,
    /// Secrets that must not sign any more.
    pub revoked: &'a [SecretId],
}

/// A request as it was made.
#[derive(Debug, Clone)]
pub struct Recalled {
    /// Where to.
    pub url: String,
    /// What we set; what the owner added is there by its name, and marked as sensitive.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The secrets whose signatures are missing, and why.
    pub unsigned: Vec<(SecretId, Lost)>,
}

/// Why a signature cannot be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The secret was revoked.
    Revoked,
    /// The secret cannot be opened: the key that sealed it is gone.
    Unreadable,
}

impl Tester {
    /// The request as it was made then.
    pub fn recall(&self, past: Past<'_>) -> Result<Recalled, WriteError> {
        let Draft { message, tenant, subscription: (_, live, _), event: (event, content), versions } =
            past.draft;
        let settings = &live.settings;
        let id = MessageId::new(message).map_err(|_| OutboundError::Damaged { what: "message id" })?;
        let (wanted, versions) = (settings.event_types.clone().into(), versions.clone());
        let sight = Sight { wanted, versions, format: settings.format };
        let message = sight.message(tenant, event, content, past.position)?;
        let mut headers = HeaderMap::new();
        for (name, _) in settings.headers.iter() {
            let mut hidden = HeaderValue::from_static("");
            hidden.set_sensitive(true);
            let name = HeaderName::from_bytes(name.as_bytes());
            headers.insert(name.map_err(|_| OutboundError::Damaged { what: "header" })?, hidden);
        }
        if settings.verify_endpoint {
            headers.insert(Origin::REQUEST_HEADER, self.origin.value());
        }
        headers.extend(message.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        let unsigned = self.sign_again(past, &id, &message.body, &mut headers);
        let url = settings.endpoint.as_str().to_owned();
        Ok(Recalled { url, headers, body: message.body, unsigned })
    }

    /// Adds the signatures that can be made, and says which cannot.
    fn sign_again(
        &self,
        past: Past<'_>,
        id: &MessageId,
        body: &[u8],
        headers: &mut HeaderMap,
    ) -> Vec<(SecretId, Lost)> {
        let Draft { tenant, subscription: (subscription, live, _), .. } = past.draft;
        let (mut keys, mut unsigned) = (Vec::new(), Vec::new());
        for secret in live.signing_secrets(past.started_at) {
            if past.revoked.contains(&secret.id) {
                unsigned.push((secret.id, Lost::Revoked));
            } else if let Ok(key) = signing_key(tenant, subscription, secret, &self.vault) {
                keys.push(key);
            } else {
                unsigned.push((secret.id, Lost::Unreadable));
            }
        }
        let second = UnixSeconds::new(u64::try_from(past.started_at.as_seconds()).unwrap_or(0));
        if let Ok(signer) = Signer::new(keys) {
            signer.sign(id, second, body).insert_into(headers);
        } else {
            headers.insert(header::ID, id.to_header_value());
            headers.insert(header::TIMESTAMP, HeaderValue::from(second.get()));
        }
        unsigned
    }
}
