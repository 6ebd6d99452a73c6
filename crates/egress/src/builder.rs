//! How a client is put together.

use std::sync::Arc;

use http::HeaderValue;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::client::Client;
use crate::connect::{Connections, Connector, Means};
use crate::exchange::{Exchange, HttpClient};
use crate::limits::{LimitRefusal, Limits};
use crate::policy::AddressPolicy;
use crate::resolve::{Resolve, SystemResolver};
use crate::tls::{Trust, TrustError};

/// What a client says about itself, unless told otherwise.
const USER_AGENT: &str = concat!("Hookledger/", env!("CARGO_PKG_VERSION"));

/// HTTP/2 lets a peer send this much ahead of our reading, over all streams of a connection.
const HTTP2_CONNECTION_WINDOW_BYTES: u32 = 256 * 1024;

/// The smallest window that HTTP/2 begins with.
const HTTP2_STREAM_WINDOW_BYTES_MIN: u32 = 64 * 1024 - 1;

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

    /// The client. Must be called within a tokio runtime.
    pub fn build(self) -> Result<Client, BuildError> {
        self.limits.check()?;
        let means = Arc::new(Means {
            resolver: self.resolver.unwrap_or_else(|| Arc::new(SystemResolver::from_system())),
            addresses: self.addresses,
            tls: self.trust.into_config(),
            connections: Connections::new(self.limits.connections, self.limits.grant_bytes()),
        });
        let http = http_client(Connector(Arc::clone(&means)), &self.limits);
        Ok(Client::new(Exchange { http, limits: self.limits, user_agent: self.user_agent }, means))
    }
}

fn http_client(connector: Connector, limits: &Limits) -> HttpClient {
    let head_bytes = u32::try_from(limits.head_bytes).unwrap_or(u32::MAX);
    let window = u32::try_from(limits.body_read_bytes).unwrap_or(u32::MAX).max(HTTP2_STREAM_WINDOW_BYTES_MIN);
    legacy::Client::builder(TokioExecutor::new())
        .retry_canceled_requests(false) // A second request that nobody recorded must not happen; see `exchange`.
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(limits.idle)
        .pool_max_idle_per_host(limits.idle_per_host)
        .http1_max_buf_size(limits.head_bytes)
        .http2_max_header_list_size(head_bytes)
        .http2_initial_stream_window_size(window)
        .http2_initial_connection_window_size(window.max(HTTP2_CONNECTION_WINDOW_BYTES))
        .build(connector)
}
