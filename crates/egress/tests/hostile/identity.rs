//! Whose certificate a receiver shows.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// The name under which every receiver is reached; its certificates also name `127.0.0.1`, and what ends so.
pub(crate) const HOST: &str = "hooks.test";

/// Who a receiver says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    Good,
    Expired,
    NotYetValid,
    OtherHost,
    SelfSigned,
    UnknownAuthority,
    /// Issued for clients, not for servers.
    OtherPurpose,
    /// Good, and wants to see a certificate of the client.
    WantsClientCertificate,
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// All of them, with an authority of their own.
pub(super) struct Identities {
    authority: Issuer,
    stranger: Issuer,
    key: KeyPair,
}

impl Identities {
    pub(super) fn new() -> Self {
        Self {
            authority: authority("authority of the tests"),
            stranger: authority("nobody's authority"),
            key: KeyPair::generate().unwrap(),
        }
    }

    pub(super) fn authority_pem(&self) -> String {
        self.authority.pem()
    }

    pub(super) fn http1(&self, identity: Identity) -> TlsAcceptor {
        self.acceptor(identity, b"http/1.1")
    }

    pub(super) fn http2(&self) -> TlsAcceptor {
        self.acceptor(Identity::Good, b"h2")
    }

    fn acceptor(&self, identity: Identity, alpn: &[u8]) -> TlsAcceptor {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = if identity == Identity::WantsClientCertificate {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(self.authority.der().clone()).unwrap();
            let wanting =
                rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(wanting.build().unwrap())
        } else {
            config.with_no_client_auth()
        };
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der()).into();
        let mut config = config.with_single_cert(vec![self.certificate(identity)], key).unwrap();
        config.alpn_protocols = vec![alpn.to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }

    fn certificate(&self, identity: Identity) -> CertificateDer<'static> {
        let mut params =
            CertificateParams::new([HOST, "*.hooks.test", "127.0.0.1"].map(str::to_owned)).unwrap();
        params.distinguished_name.push(DnType::CommonName, HOST);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2099, 1, 1);
        let mut issuer = &self.authority;
        match identity {
            Identity::Good | Identity::WantsClientCertificate => {}
            Identity::Expired => params.not_after = date_time_ymd(2021, 1, 1),
            Identity::NotYetValid => params.not_before = date_time_ymd(2098, 1, 1),
            Identity::OtherHost => {
                let other = CertificateParams::new(["other.test".to_owned()]).unwrap();
                params.subject_alt_names = other.subject_alt_names;
            }
            Identity::SelfSigned => return params.self_signed(&self.key).unwrap().der().clone(),
            Identity::UnknownAuthority => issuer = &self.stranger,
            Identity::OtherPurpose => {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            }
        }
        params.signed_by(&self.key, issuer).unwrap().der().clone()
    }
}

fn authority(name: &str) -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}
