//! From an endpoint to an open stream: DNS, address policy, TCP, TLS. Each phase has its bound, and what is
//! known when one fails is noted on the way.

mod dial;
mod greeting;
mod socket;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use self::dial::dial;
pub(crate) use self::greeting::Greeting;
pub(crate) use self::socket::{Flooded, Socket, Stream, Wire};
use crate::deadline::Deadlines;
use crate::endpoint::{Endpoint, Host};
use crate::failure::FailureKind;
use crate::policy::AddressPolicy;
use crate::resolve::Resolve;
use crate::timing::{Opening, micros};
use crate::tls::{ALPN_HTTP2, Tls, handshake_fault};

/// Opens streams.
pub(crate) struct Connector {
    pub(crate) resolver: Arc<dyn Resolve>,
    pub(crate) addresses: AddressPolicy,
    pub(crate) tls: Arc<ClientConfig>,
}

/// An open stream, and whom it leads to.
pub(crate) struct Opened {
    pub(crate) stream: Stream,
    pub(crate) peer: SocketAddr,
    pub(crate) tls: Option<Arc<Tls>>,
}

/// How far the opening has got; filled in as it goes, and valid when it fails.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) opening: Opening,
}

/// Why no stream was opened.
#[derive(Debug)]
pub(crate) struct ConnectError {
    pub(crate) kind: FailureKind,
    pub(crate) detail: Option<String>,
}

impl From<FailureKind> for ConnectError {
    fn from(kind: FailureKind) -> Self {
        Self { kind, detail: None }
    }
}

impl Connector {
    /// Opens a stream to one of the endpoint's addresses, at the latest at `until`.
    pub(crate) async fn open(
        &self,
        endpoint: &Endpoint,
        deadlines: &Deadlines,
        until: Instant,
        progress: &mut Progress,
    ) -> Result<Opened, ConnectError> {
        let began = Instant::now();
        let addresses = self.find(endpoint, until.min(began + deadlines.dns())).await?;
        let found = Instant::now();
        progress.opening.dns = Some(micros(found - began));

        let until = until.min(found + deadlines.connect());
        let (tcp, peer) = dial(&addresses, until, progress).await?;
        let connected = Instant::now();
        progress.opening.connect = Some(micros(connected - found));
        if !endpoint.is_https() {
            return Ok(Opened { stream: Stream::Plain(tcp), peer, tls: None });
        }

        let (stream, tls) = self.encrypt(tcp, endpoint.host(), until).await?;
        progress.opening.tls = Some(micros(connected.elapsed()));
        Ok(Opened { stream, peer, tls: Some(Arc::new(tls)) })
    }

    /// The addresses of a host, each of them judged: one forbidden among them refuses them all, because a
    /// name that points inside and outside at once is a mistake or an attack, and never worth a guess.
    async fn find(&self, endpoint: &Endpoint, until: Instant) -> Result<Vec<SocketAddr>, ConnectError> {
        let found = self.resolve(endpoint.host(), until).await?;
        for address in &found {
            self.addresses.judge(*address).map_err(|class| ConnectError {
                kind: FailureKind::AddressRefused,
                detail: Some(format!("the host has a {class} address")),
            })?;
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address, endpoint.port())).collect())
    }

    /// The addresses of a host, not yet judged; never empty.
    pub(crate) async fn resolve(&self, host: &Host, until: Instant) -> Result<Vec<IpAddr>, FailureKind> {
        let name = match host {
            Host::Address(address) => return Ok(vec![*address]),
            Host::Name(name) => name,
        };
        match timeout_at(until, self.resolver.resolve(name)).await {
            Err(_) => Err(FailureKind::DnsTimeout),
            Ok(Err(error)) => Err(error.kind()),
            Ok(Ok(found)) if found.is_empty() => Err(FailureKind::DnsNotFound),
            Ok(Ok(found)) => Ok(found),
        }
    }

    async fn encrypt(
        &self,
        tcp: TcpStream,
        host: &Host,
        until: Instant,
    ) -> Result<(Stream, Tls), ConnectError> {
        let name = match host {
            Host::Address(address) => ServerName::from(*address),
            Host::Name(name) => {
                ServerName::try_from(name.to_string()).map_err(|_| FailureKind::TlsWrongHost)?
            }
        };
        let handshake = TlsConnector::from(Arc::clone(&self.tls)).connect(name, Greeting::new(tcp));
        let mut stream =
            timeout_at(until, handshake).await.map_err(|_| FailureKind::TlsTimeout)?.map_err(|error| {
                let (kind, detail) = handshake_fault(&error);
                ConnectError { kind, detail }
            })?;
        stream.get_mut().0.is_over();
        let session = stream.get_ref().1;
        let tls = Tls::of(session);
        let http2 = session.alpn_protocol() == Some(ALPN_HTTP2);
        Ok((Stream::Tls { stream: Box::new(stream), http2 }, tls))
    }
}
