//! How connections are encrypted: public certificate authorities, plus those that an operator adds.
//!
//! The cryptography provider is named here and nowhere installed for the whole process, so that libraries
//! which insist on installing theirs can live in the same binary.

mod certificate;
mod fault;
mod verifier;

use std::sync::Arc;

use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, RootCertStore};

pub use self::certificate::Certificate;
pub(crate) use self::fault::{handshake_fault, tls_fault};
use self::verifier::NamingVerifier;

/// The most certificate authorities that an operator may add.
const EXTRA_AUTHORITIES_MAX: usize = 1024;

/// TLS sessions kept for resumption, over all hosts; the least recently used goes first.
const SESSIONS_MAX: usize = 1024;

/// HTTP/2 where the receiver can, else HTTP/1.1.
pub(crate) const ALPN_HTTP2: &[u8] = b"h2";
const ALPN_HTTP1: &[u8] = b"http/1.1";

/// How a connection is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The version of TLS: `1.2` or `1.3`.
    pub version: &'static str,
    /// The receiver's certificate; none if it could not be read.
    pub certificate: Option<Certificate>,
}

impl Tls {
    /// Of a session whose handshake is over.
    pub(crate) fn of(session: &ClientConnection) -> Self {
        let certificate = session.peer_certificates().and_then(<[_]>::first).and_then(Certificate::parse);
        let version =
            if session.protocol_version() == Some(ProtocolVersion::TLSv1_3) { "1.3" } else { "1.2" };
        Self { version, certificate }
    }
}

/// Why a set of certificate authorities was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The text has no `BEGIN CERTIFICATE` section, or a damaged one.
    #[error("not a list of certificates in PEM form")]
    NotPem,
    /// A certificate cannot be used as an authority.
    #[error("certificate {number} cannot be used as an authority")]
    NotAnAuthority {
        /// Its place in the text, from 1.
        number: usize,
    },
    /// More than a thousand authorities.
    #[error("more than {EXTRA_AUTHORITIES_MAX} certificate authorities")]
    TooMany,
}

/// Whom we believe: the public authorities, plus those of an operator.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    roots: RootCertStore,
    extra: usize,
}

impl Trust {
    pub(crate) fn public() -> Self {
        Self { roots: RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }, extra: 0 }
    }

    pub(crate) fn add_pem(&mut self, pem: &[u8]) -> Result<(), TrustError> {
        let mut found = 0;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            found += 1;
            self.extra += 1;
            if self.extra > EXTRA_AUTHORITIES_MAX {
                return Err(TrustError::TooMany);
            }
            let certificate = certificate.map_err(|_| TrustError::NotPem)?;
            self.roots.add(certificate).map_err(|_| TrustError::NotAnAuthority { number: found })?;
        }
        if found == 0 { Err(TrustError::NotPem) } else { Ok(()) }
    }

    /// The configuration that every connection shares.
    pub(crate) fn into_config(self) -> Arc<ClientConfig> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = NamingVerifier::new(self.verifier(&provider));
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider supports TLS 1.2 and 1.3")
            .dangerous() // The verifier only renames the reasons of the standard one.
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![ALPN_HTTP2.to_vec(), ALPN_HTTP1.to_vec()];
        config.resumption = Resumption::in_memory_sessions(SESSIONS_MAX);
        Arc::new(config)
    }

    fn verifier(self, provider: &Arc<CryptoProvider>) -> Arc<WebPkiServerVerifier> {
        WebPkiServerVerifier::builder_with_provider(Arc::new(self.roots), Arc::clone(provider))
            .build()
            .expect("the public authorities are never empty, and there are no revocation lists")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_certificates_is_not_taken_for_trust() {
        assert_eq!(Trust::public().add_pem(b""), Err(TrustError::NotPem));
        assert_eq!(Trust::public().add_pem(b"hello"), Err(TrustError::NotPem));
        let damaged = b"-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n";
        assert_eq!(Trust::public().add_pem(damaged), Err(TrustError::NotPem));
        let not_one = b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        assert_eq!(Trust::public().add_pem(not_one), Err(TrustError::NotAnAuthority { number: 1 }));
    }
}
