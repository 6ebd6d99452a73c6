//! The client that everybody shares.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::builder::Builder;
use crate::deadline::Deadlines;
use crate::endpoint::Endpoint;
use crate::exchange::Exchange;
use crate::failure::FailureKind;
use crate::policy::AddressClass;
use crate::request::Request;
use crate::transport::{Outcome, Transport};

/// Sends requests over pooled connections. One per process; clones share everything.
#[derive(Clone)]
pub struct Client(Arc<Exchange>);

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

/// An address of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The address.
    pub address: IpAddr,
    /// Why it may not be called, if so.
    pub refused: Option<AddressClass>,
}

impl Client {
    /// Begins a client.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(exchange: Exchange) -> Self {
        Self(Arc::new(exchange))
    }

    /// Sends one request; see [`Transport::send`]. Must be called within a tokio runtime.
    pub async fn send(&self, request: Request) -> Outcome {
        self.0.run(request).await
    }

    /// Looks up and judges the addresses of an endpoint, within the usual DNS deadline; sends nothing to it.
    pub async fn vet(&self, endpoint: &Endpoint) -> Vetting {
        let connector = &self.0.connector;
        let until = Instant::now() + Deadlines::default().dns();
        let found = match connector.resolve(endpoint.host(), until).await {
            Ok(found) => found,
            Err(kind) => return Vetting::Unresolved(kind),
        };
        let refused = found.into_iter().find_map(|address| connector.addresses.judge(address).err());
        refused.map_or(Vetting::Allowed, Vetting::Refused)
    }

    /// Looks up the addresses of an endpoint and judges each, within the usual DNS deadline; sends nothing to it.
    pub async fn look_up(&self, endpoint: &Endpoint) -> Result<Vec<Found>, FailureKind> {
        let connector = &self.0.connector;
        let until = Instant::now() + Deadlines::default().dns();
        let found = connector.resolve(endpoint.host(), until).await?;
        let judge = |address| Found { address, refused: connector.addresses.judge(address).err() };
        Ok(found.into_iter().map(judge).collect())
    }

    /// Connections that are open or being opened, the idle ones included.
    pub fn open_connections(&self) -> usize {
        self.0.pool.in_use()
    }
}

#[async_trait]
impl Transport for Client {
    async fn send(&self, request: Request) -> Outcome {
        self.0.run(request).await
    }
}
