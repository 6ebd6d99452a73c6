//! Handing out API keys, and taking them back.

use domain::api_key::{self, ApiKey, Command, Issue};
use domain::{ApiKeyId, Name, Scope, Sequence, TenantId, Timestamp};
use secrecy::SecretString;

use crate::app::App;
use crate::auth::FreshKey;
use crate::change::Changed;
use crate::decide::{Decided, Edit};
use crate::error::{Error, Refused};
use crate::request::Request;

/// A wish for an API key.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// Whose it shall be; the caller's own tenant if `None`. Another one needs the scope `operate`.
    pub tenant: Option<TenantId>,
    /// What people call it.
    pub name: Name,
    /// What it allows: nothing that the caller may not do. Repeats are dropped.
    pub scopes: Vec<Scope>,
    /// When it stops being good, if ever.
    pub expires_at: Option<Timestamp>,
}

/// An API key was handed out.
#[derive(Debug, Clone)]
pub struct Issued {
    /// Names it.
    pub id: ApiKeyId,
    /// The key itself. Shown this once, and kept nowhere.
    pub key: SecretString,
    /// Its first characters, by which people tell keys apart.
    pub prefix: String,
    /// What was recorded.
    pub changed: Changed,
}

/// Why a wish concerning an API key was not granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The tenant has no such key, or there is no such tenant.
    #[error("the API key or its tenant does not exist")]
    NotFound,
    /// Somebody changed it since the caller looked.
    #[error("the API key has been changed and is at version {current} now; look again")]
    Stale {
        /// The version that it is at.
        current: Sequence,
    },
    /// The tenant has as many as it may have.
    #[error("there are {max} API keys already, which is as many as are allowed; revoke one first")]
    TooMany {
        /// The bound.
        max: usize,
    },
    /// A key that would allow more than the caller may do.
    #[error("the scope \"{}\" cannot be given by a caller without it", scope.as_str())]
    ScopeNotHeld {
        /// The scope that the caller lacks.
        scope: Scope,
    },
    /// The key itself says no.
    #[error(transparent)]
    Rule(api_key::Refusal),
}

impl Refused for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Stale { .. } => "stale",
            Self::TooMany { .. } => "too_many_api_keys",
            Self::ScopeNotHeld { .. } => "scope_not_held",
            Self::Rule(rule) => match rule {
                api_key::Refusal::NeverIssued => "not_found",
                api_key::Refusal::AlreadyIssued => "already_exists",
                api_key::Refusal::NoScope => "no_scope",
                api_key::Refusal::ExpiryPast => "expiry_past",
            },
        }
    }
}

impl Decided<api_key::Refusal> for Refusal {
    fn not_found() -> Self {
        Self::NotFound
    }

    fn stale(current: Sequence) -> Self {
        Self::Stale { current }
    }

    fn is_stale(&self) -> bool {
        matches!(self, Self::Stale { .. })
    }

    fn rule(refusal: api_key::Refusal) -> Self {
        match refusal {
            api_key::Refusal::NeverIssued => Self::NotFound,
            refusal => Self::Rule(refusal),
        }
    }
}

impl App {
    /// Hands out a key; it is good when the answer comes.
    ///
    /// Needs the scope `manage`; for another tenant, `operate` as well. Bounded by [`crate::Bounds::api_keys_per_tenant`].
    pub async fn issue_api_key(&self, request: &Request, new: NewApiKey) -> Result<Issued, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let tenant = new.tenant.unwrap_or(request.tenant());
        if tenant != request.tenant() {
            request.need(Scope::Operate)?;
        }
        if let Some(scope) = new.scopes.iter().copied().find(|scope| !request.caller().may(*scope)) {
            return Err(Error::Refused(Refusal::ScopeNotHeld { scope }));
        }
        let _turn = self.admission().await;
        let (count, max) = (self.keyring().count_keys(tenant), self.bounds().api_keys_per_tenant);
        if count.ok_or(Error::Refused(Refusal::NotFound))? >= max {
            return Err(Error::Refused(Refusal::TooMany { max }));
        }
        let (id, at) = (ApiKeyId::generate(self.ids()), self.clock().now());
        let key = self.draw(FreshKey::generate);
        let command = Command::Issue { issue: key.issue(new.name, new.scopes, new.expires_at), at };
        let changed = self.change::<ApiKey, Refusal>(request, Edit::of(tenant, id, None), command).await?;
        Ok(Issued { id, key: key.text, prefix: key.prefix, changed })
    }

    /// Takes a key of the own tenant back; it opens nothing any more when the answer comes.
    ///
    /// Needs the scope `manage`.
    pub async fn revoke_api_key(
        &self,
        request: &Request,
        id: ApiKeyId,
        expected: Option<Sequence>,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Manage)?;
        self.change::<ApiKey, Refusal>(request, Edit::of(request.tenant(), id, expected), Command::Revoke)
            .await
    }
}

impl FreshKey {
    /// What is recorded of the key; scopes in order, without repeats.
    pub(crate) fn issue(&self, name: Name, mut scopes: Vec<Scope>, expires_at: Option<Timestamp>) -> Issue {
        scopes.sort_unstable();
        scopes.dedup();
        Issue { name, prefix: self.prefix.clone(), hash: self.hash.clone(), scopes, expires_at }
    }
}
