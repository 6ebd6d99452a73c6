//! The client that everybody shares.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::builder::Builder;
use crate::connect::Means;
use crate::deadline::Deadlines;
use crate::endpoint::{Endpoint, Host};
use crate::exchange::Exchange;
use crate::failure::FailureKind;
use crate::policy::AddressClass;
use crate::request::Request;
use crate::transport::{Outcome, Transport};

/// Sends requests over pooled connections. One per process; clones share everything.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    exchange: Exchange,
    means: Arc<Means>,
}

/// What is known about the addresses of an endpoint before anything is sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vetting {
    /// All of its addresses may be called, as of now; they are judged again at each connection.
    Allowed,
    /// One of its addresses may not be called.
    Refused(AddressClass),
    /// It could not be found out; no reason to refuse the endpoint, for DNS may be down or not set up yet.
    Unresolved(FailureKind),
}

impl Client {
    /// Begins a client.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(exchange: Exchange, means: Arc<Means>) -> Self {
        Self(Arc::new(Shared { exchange, means }))
    }

    /// Sends one request; see [`Transport::send`]. Must be called within a tokio runtime.
    pub async fn send(&self, request: Request) -> Outcome {
        self.0.exchange.run(request).await
    }

    /// Looks up and judges the addresses of an endpoint, within the usual DNS deadline; sends nothing to it.
    pub async fn vet(&self, endpoint: &Endpoint) -> Vetting {
        let found = match endpoint.host() {
            Host::Address(address) => vec![*address],
            Host::Name(name) => {
                let until = Instant::now() + Deadlines::default().dns();
                match self.0.means.resolve(name, until).await {
                    Ok(found) => found,
                    Err(kind) => return Vetting::Unresolved(kind),
                }
            }
        };
        let refused = found.into_iter().find_map(|address| self.0.means.addresses.judge(address).err());
        refused.map_or(Vetting::Allowed, Vetting::Refused)
    }

    /// Connections that are open or being opened, the idle ones included.
    pub fn open_connections(&self) -> usize {
        self.0.means.connections.in_use(self.0.exchange.limits.connections)
    }
}

#[async_trait]
impl Transport for Client {
    async fn send(&self, request: Request) -> Outcome {
        self.0.exchange.run(request).await
    }
}
