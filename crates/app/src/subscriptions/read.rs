//! A subscription as the ledger tells it, without any secret.

use std::convert::Infallible;

use domain::subscription::{Event, Live, Scheme, Settings, SigningSecret, Subscription};
use domain::{
    Fact, Headers, Position, RawJson, Scope, Sealed, SecretId, Sequence, SubscriptionId, Timestamp,
};

use crate::app::App;
use crate::error::Error;
use crate::history::History;
use crate::request::Request;

/// A subscription as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// Names it.
    pub id: SubscriptionId,
    /// What the next change expects.
    pub version: Sequence,
    /// Where its last change stands.
    pub position: Position,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub changed_at: Timestamp,
    /// What it is; secrets and header values in it are sealed.
    pub live: Box<Live>,
}

/// What may be shown of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretInfo {
    /// Names it.
    pub id: SecretId,
    /// How it signs.
    pub scheme: Scheme,
    /// The public key, `whpk_…`, where the scheme has one.
    pub public_key: Option<String>,
    /// When it stops signing along; `None` for the current one.
    pub until: Option<Timestamp>,
}

/// One change of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it is called, such as `subscription.paused`.
    pub record_type: &'static str,
    /// What was recorded, as JSON; instead of ciphertext it has empty texts.
    pub details: RawJson,
}

impl Detail {
    /// The secrets that sign at `at`, the current one first.
    pub fn secrets(&self, at: Timestamp) -> Vec<SecretInfo> {
        let info = |secret: &SigningSecret, until| SecretInfo {
            id: secret.id,
            scheme: secret.scheme,
            public_key: secret.public_key.clone(),
            until,
        };
        let old = self.live.old_secrets.iter().filter(|held| held.until > at);
        std::iter::once(info(&self.live.secret, None))
            .chain(old.map(|held| info(&held.secret, Some(held.until))))
            .collect()
    }

    /// The names of the headers that the owner adds.
    pub fn header_names(&self) -> Vec<&str> {
        self.live.settings.headers.iter().map(|(name, _)| name).collect()
    }
}

impl App {
    /// The subscription with this id, as the ledger has it now; `None` if there is none, or it was deleted.
    ///
    /// Needs the scope `read`.
    pub async fn subscription(
        &self,
        request: &Request,
        id: SubscriptionId,
    ) -> Result<Option<Detail>, Error<Infallible>> {
        request.need(Scope::Read)?;
        let Some(found) = self.load::<Subscription>(request.tenant(), id.into(), None).await? else {
            return Ok(None);
        };
        let Subscription::Live(live) = found.state else { return Ok(None) };
        Ok(Some(Detail {
            id,
            version: found.version,
            position: found.position,
            created_at: found.first_at,
            changed_at: found.last_at,
            live,
        }))
    }

    /// What was done to a subscription after `after`, by whom and when, deleted ones included; at most
    /// [`crate::HISTORY_PAGE_MAX`] changes. `None` if it never existed.
    ///
    /// Needs the scope `read`.
    pub async fn subscription_history(
        &self,
        request: &Request,
        id: SubscriptionId,
        after: Sequence,
        limit: usize,
    ) -> Result<Option<History<Change>>, Error<Infallible>> {
        request.need(Scope::Read)?;
        let change = |fact: &Fact| match fact {
            Fact::Subscription(event) => Some(Change::of(event)),
            _ => None,
        };
        Ok(self.history(request.tenant(), id.into(), after, limit, change).await?)
    }
}

impl Change {
    fn of(event: &Event) -> Self {
        let record_type = event.record_type();
        let json = serde_json::to_string(&redacted(event.clone())).expect("a stored event can be written");
        Self { record_type, details: RawJson::parse(&json).expect("what was just written is JSON") }
    }
}

/// The event without what is under seal.
fn redacted(mut event: Event) -> Event {
    match &mut event {
        Event::Created { settings, secret, .. } => {
            blank(&mut secret.sealed);
            blank_settings(settings);
        }
        Event::HeadersChanged { headers } => blank_headers(headers),
        Event::SecretRotated { secret, .. } => blank(&mut secret.sealed),
        Event::EndpointChanged { .. }
        | Event::EventTypesChanged { .. }
        | Event::FilterChanged { .. }
        | Event::FormatChanged { .. }
        | Event::VerificationChanged { .. }
        | Event::EndpointVerified { .. }
        | Event::EndpointNotVerified { .. }
        | Event::RetryPolicyChanged { .. }
        | Event::LimitsChanged { .. }
        | Event::DescriptionChanged { .. }
        | Event::MetadataChanged { .. }
        | Event::SecretRevoked { .. }
        | Event::Activated
        | Event::Failing { .. }
        | Event::DisableWarned { .. }
        | Event::Recovered
        | Event::Paused { .. }
        | Event::Resumed
        | Event::Disabled { .. }
        | Event::Deleted => {}
    }
    event
}

fn blank_settings(settings: &mut Settings) {
    blank_headers(&mut settings.headers);
}

fn blank_headers(headers: &mut Headers) {
    let blanked = headers.iter().map(|(name, sealed)| {
        let mut sealed = sealed.clone();
        blank(&mut sealed);
        (name.to_owned(), sealed)
    });
    *headers = Headers::from_sealed(blanked.collect());
}

fn blank(sealed: &mut Sealed) {
    sealed.ciphertext.clear();
}
