//! How a client is put together.

use std::sync::Arc;

use http::HeaderValue;

use crate::client::Client;
use crate::connect::Connector;
use crate::exchange::Exchange;
use crate::handshake::Handshake;
use crate::limits::{LimitRefusal, Limits};
use crate::policy::AddressPolicy;
use crate::pool::Pool;
use crate::resolve::{Resolve, SystemResolver};
use crate::tls::{Trust, TrustError};

/// What a client says about itself, unless told otherwise.
const USER_AGENT: &str = concat!("Hookledger/", env!("CARGO_PKG_VERSION"));

/// Makes a [`Client`]: public addresses only, the name servers of this machine, the public certificate
/// authorities and the usual limits, unless changed.
pub struct Builder {
    addresses: AddressPolicy,
    resolver: Option<Arc<dyn Resolve>>,
    limits: Limits,
    trust: Trust,
    user_agent: HeaderValue,
}

/// Why no client was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A limit is outside its bounds.
    #[error("limit out of bounds")]
    Limit(#[from] LimitRefusal),
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            addresses: AddressPolicy::public_only(),
            resolver: None,
            limits: Limits::default(),
            trust: Trust::public(),
            user_agent: HeaderValue::from_static(USER_AGENT),
        }
    }

    /// Which addresses may be connected to.
    #[must_use]
    pub fn addresses(mut self, policy: AddressPolicy) -> Self {
        self.addresses = policy;
        self
    }

    /// Who finds the addresses of hosts.
    #[must_use]
    pub fn resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.resolver = Some(resolver);
        self
    }

    /// How much may be used.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Believes these certificate authorities too: one or more certificates in PEM form.
    pub fn trusting_pem(mut self, pem: &[u8]) -> Result<Self, TrustError> {
        self.trust.add_pem(pem)?;
        Ok(self)
    }

    /// What to say in `User-Agent` when a request does not say it itself.
    #[must_use]
    pub fn user_agent(mut self, user_agent: HeaderValue) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// The client.
    pub fn build(self) -> Result<Client, BuildError> {
        self.limits.check()?;
        let connector = Connector {
            resolver: self.resolver.unwrap_or_else(|| Arc::new(SystemResolver::from_system())),
            addresses: self.addresses,
            tls: self.trust.into_config(),
        };
        Ok(Client::new(Exchange {
            connector,
            handshake: Handshake::new(&self.limits),
            pool: Pool::new(&self.limits),
            limits: self.limits,
            user_agent: self.user_agent,
        }))
    }
}
