//! TLS: whom we believe, and a class for each way in which it fails.

use std::net::SocketAddr;
use std::sync::Arc;

use hookledger_egress::{Builder, Client, FailureKind};
use rcgen::{CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

use crate::support::*;

/// A certificate authority of the tests.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "authority of the tests");
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn issue(&self, params: &CertificateParams) -> (CertificateDer<'static>, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().der().clone(), key)
    }

    /// Begins a client that believes this authority.
    pub(crate) fn builder(&self) -> Builder {
        builder().trusting_pem(self.0.pem().as_bytes()).unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }
}

pub(crate) fn certificate_for(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new([host.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, host);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2099, 1, 1);
    params
}

pub(crate) fn acceptor(certificate: (CertificateDer<'static>, KeyPair), alpn: &[&[u8]]) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certificate.1.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.0], key)
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

/// A well-behaved receiver that serves this certificate.
async fn web_with(certificate: (CertificateDer<'static>, KeyPair)) -> (SocketAddr, Seen) {
    let acceptor = acceptor(certificate, &[b"http/1.1"]);
    let requests = Seen::default();
    let counted = requests.clone();
    let (at, _) = raw(move |stream| {
        let (acceptor, counted) = (acceptor.clone(), counted.clone());
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, counted, |_| status(200)).await;
            }
        }
    })
    .await;
    (at, requests)
}

async fn refusal(client: &Client, certificate: (CertificateDer<'static>, KeyPair)) -> (FailureKind, String) {
    let (at, requests) = web_with(certificate).await;
    let failure = failed(send(client, https_at(at)).await);
    assert_eq!((failure.sent, failure.peer, requests.requests()), (false, Some(at), 0));
    assert!(failure.timing.connect.is_some() && failure.timing.tls.is_none());
    (failure.kind, failure.detail.unwrap_or_default().into())
}

#[tokio::test]
async fn a_certificate_of_an_authority_that_is_trusted_is_accepted() {
    let authority = Authority::new();
    let (at, _) = web_with(authority.issue(&certificate_for(HOST))).await;
    let client = authority.client();
    let response = send(&client, https_at(at)).await.unwrap();
    assert_eq!(response.status, 200);
    assert!(response.timing.tls.is_some());
    let tls = response.tls.unwrap();
    let certificate = tls.certificate.as_ref().unwrap();
    assert_eq!((tls.version, certificate.valid_until), ("1.3", date_time_ymd(2099, 1, 1).unix_timestamp()));
    assert!(!certificate.self_issued && certificate.names.iter().any(|name| **name == *HOST));
    assert!(send(&client, https_at(at)).await.unwrap().timing.reused);
}

#[tokio::test]
async fn a_certificate_may_name_an_address() {
    let authority = Authority::new();
    let (at, _) = web_with(authority.issue(&certificate_for("127.0.0.1"))).await;
    let endpoint = endpoint(&format!("https://127.0.0.1:{}/", at.port()));
    assert_eq!(send(&authority.client(), endpoint).await.unwrap().status, 200);
}

#[tokio::test]
async fn an_expired_certificate_is_named() {
    let authority = Authority::new();
    let mut params = certificate_for(HOST);
    params.not_after = date_time_ymd(2021, 1, 1);
    let (kind, detail) = refusal(&authority.client(), authority.issue(&params)).await;
    assert_eq!(kind, FailureKind::TlsCertificateExpired);
    assert!(detail.contains("expired"), "{detail}");
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_yet_is_named() {
    let authority = Authority::new();
    let mut params = certificate_for(HOST);
    params.not_before = date_time_ymd(2098, 1, 1);
    let (kind, _) = refusal(&authority.client(), authority.issue(&params)).await;
    assert_eq!(kind, FailureKind::TlsCertificateNotYetValid);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_named_with_its_hosts() {
    let authority = Authority::new();
    let certificate = authority.issue(&certificate_for("other.test"));
    let (kind, detail) = refusal(&authority.client(), certificate).await;
    assert_eq!(kind, FailureKind::TlsWrongHost);
    assert!(detail.contains("other.test"), "{detail}");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_named() {
    let certificate = Authority::new().issue(&certificate_for(HOST));
    let (kind, _) = refusal(&client(), certificate).await;
    assert_eq!(kind, FailureKind::TlsUnknownIssuer);
}

#[tokio::test]
async fn a_self_signed_certificate_is_told_from_an_unknown_authority() {
    for is_authority in [false, true] {
        let key = KeyPair::generate().unwrap();
        let mut params = certificate_for(HOST);
        if is_authority {
            params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        }
        let certificate = params.self_signed(&key).unwrap().der().clone();
        let (kind, _) = refusal(&client(), (certificate, key)).await;
        assert_eq!(kind, FailureKind::TlsSelfSigned, "authority: {is_authority}");
    }
}

#[tokio::test]
async fn a_port_that_speaks_plain_http_fails_the_handshake_with_a_hint() {
    let (plain, _) = raw(|mut stream| async move {
        let _gone = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        hang(stream).await;
    })
    .await;
    let failure = failed(send(&client(), https_at(plain)).await);
    assert_eq!((failure.kind, failure.sent), (FailureKind::TlsNotSpoken, false));
    assert!(failure.to_string().contains("plain HTTP"), "{failure}");
}

#[tokio::test]
async fn a_connection_that_ends_during_the_handshake_is_closed() {
    let (at, _) = raw(|stream| async move { drop(stream) }).await;
    let failure = failed(send(&client(), https_at(at)).await);
    assert_eq!((failure.kind, failure.sent), (FailureKind::TlsClosed, false));
}

#[tokio::test]
async fn a_receiver_that_hangs_after_our_hello_meets_the_connect_deadline() {
    let (at, _) = raw(hang).await;
    let failure = failed(send_within(&client(), https_at(at), patient().with_connect(ms(80)).unwrap()).await);
    assert_eq!((failure.kind, failure.sent, failure.peer), (FailureKind::TlsTimeout, false, Some(at)));
    assert!(failure.timing.connect.is_some());
}

#[tokio::test]
async fn a_receiver_that_wants_a_client_certificate_fails_in_tls() {
    let authority = Authority::new();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.0.der().clone()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let wanting =
        rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let (certificate, key) = authority.issue(&certificate_for(HOST));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(wanting.build().unwrap())
        .with_single_cert(vec![certificate], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (at, _) = raw(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Err((_, stream)) = acceptor.accept(stream).into_fallible().await {
                hang(stream).await; // So that the alert arrives, not a reset.
            }
        }
    })
    .await;
    assert_eq!(kind(send(&authority.client(), https_at(at)).await), Ok(FailureKind::TlsAlert));
}
