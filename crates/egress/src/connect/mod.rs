//! From a URL's origin to an open connection: slot, DNS, address policy, TCP, TLS.
//!
//! hyper-util's client keeps the pool and calls the [`Connector`] when it needs a connection that it does not
//! have. What it passes on is the origin alone; the deadlines of the request, and the place to note how far
//! it got, come along as a task-local [`Call`]. The connection that comes out carries a [`Link`], by which
//! its requests, its reading and the bound on open connections know each other.

mod call;
mod connections;
mod dial;
mod link;
mod socket;

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use http::uri::Scheme;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use self::call::Stage;
pub(crate) use self::call::{CALL, Call};
pub(crate) use self::connections::Connections;
use self::dial::dial;
pub(crate) use self::link::{Link, Use};
use self::socket::Stream;
pub(crate) use self::socket::{Flooded, Socket};
use crate::failure::FailureKind;
use crate::policy::AddressPolicy;
use crate::resolve::Resolve;
use crate::tls::{ALPN_HTTP2, Certificate, handshake_fault};

/// Opens connections for hyper-util's client.
#[derive(Clone)]
pub(crate) struct Connector(pub(crate) Arc<Means>);

/// What opening connections takes.
pub(crate) struct Means {
    pub(crate) resolver: Arc<dyn Resolve>,
    pub(crate) addresses: AddressPolicy,
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) connections: Arc<Connections>,
}

/// Why no connection was opened; where and when is noted in the [`Call`].
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub(crate) struct ConnectError {
    pub(crate) kind: FailureKind,
    pub(crate) detail: Option<String>,
}

impl From<FailureKind> for ConnectError {
    fn from(kind: FailureKind) -> Self {
        Self { kind, detail: None }
    }
}

impl tower::Service<Uri> for Connector {
    type Response = TokioIo<Socket>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, origin: Uri) -> Self::Future {
        let means = Arc::clone(&self.0);
        // hyper-util calls from within the request's own task, so the call is always there.
        let call = CALL.try_with(Arc::clone);
        Box::pin(async move {
            let call = call.map_err(|_| ConnectError::from(FailureKind::ConnectFailed))?;
            means.open(&origin, &call).await.map(TokioIo::new)
        })
    }
}

impl Means {
    async fn open(&self, origin: &Uri, call: &Arc<Call>) -> Result<Socket, ConnectError> {
        let secure = origin.scheme() == Some(&Scheme::HTTPS);
        let host = origin.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = origin.port_u16().unwrap_or(if secure { 443 } else { 80 });

        let slot = self.connections.slot(call.begin(Stage::Slot)).await.ok_or(FailureKind::LocalLimit)?;
        let addresses = self.find(host, port, call.begin(Stage::Dns)).await?;
        let until = call.begin(Stage::Tcp);
        let tcp = dial(&addresses, until, call).await?;
        let peer = tcp.peer_addr().map_err(|error| dial::fault(&error))?;
        let (stream, certificate) = if secure {
            call.begin(Stage::Tls);
            self.encrypt(tcp, host, until).await?
        } else {
            (Stream::Plain(tcp), None)
        };
        call.begin(Stage::Open);
        let http2 = stream.is_http2();
        Ok(self.connections.admit(slot, |id| Link::new(id, peer, http2, certificate, call), stream))
    }

    /// The addresses of a host, each of them judged: one forbidden among them refuses them all, because a
    /// name that points inside and outside at once is a mistake or an attack, and never worth a guess.
    async fn find(&self, host: &str, port: u16, until: Instant) -> Result<Vec<SocketAddr>, ConnectError> {
        let found = self.resolve(host, until).await?;
        for address in &found {
            self.addresses.judge(*address).map_err(|class| ConnectError {
                kind: FailureKind::AddressRefused,
                detail: Some(format!("the host has a {class} address")),
            })?;
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }

    /// The addresses of a host, not yet judged; never empty.
    pub(crate) async fn resolve(&self, host: &str, until: Instant) -> Result<Vec<IpAddr>, FailureKind> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        match timeout_at(until, self.resolver.resolve(host)).await {
            Err(_) => Err(FailureKind::DnsTimeout),
            Ok(Err(error)) => Err(error.kind()),
            Ok(Ok(found)) if found.is_empty() => Err(FailureKind::DnsNotFound),
            Ok(Ok(found)) => Ok(found),
        }
    }

    async fn encrypt(
        &self,
        tcp: TcpStream,
        host: &str,
        until: Instant,
    ) -> Result<(Stream, Option<Certificate>), ConnectError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| FailureKind::TlsWrongHost)?;
        let handshake = TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp);
        let stream =
            timeout_at(until, handshake).await.map_err(|_| FailureKind::TlsTimeout)?.map_err(|error| {
                let (kind, detail) = handshake_fault(&error);
                ConnectError { kind, detail }
            })?;
        let session = stream.get_ref().1;
        let certificate = session.peer_certificates().and_then(<[_]>::first).and_then(Certificate::parse);
        let http2 = session.alpn_protocol() == Some(ALPN_HTTP2);
        Ok((Stream::Tls { stream: Box::new(stream), http2 }, certificate))
    }
}
