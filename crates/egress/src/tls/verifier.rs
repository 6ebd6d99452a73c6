//! The standard verification of certificates, with one more reason told apart.
//!
//! A certificate that its owner signed himself and one from an unknown authority are the same to the
//! standard verifier; to the person who has to repair the receiver they are not. Nothing that the standard
//! verifier refuses is ever accepted here.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::certificate::Certificate;

/// The reason that stands in for "unknown issuer" when subject and issuer are the same.
#[derive(Debug)]
pub(super) struct SelfSigned;

impl fmt::Display for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("certificate is self-signed")
    }
}

impl std::error::Error for SelfSigned {}

#[derive(Debug)]
pub(super) struct NamingVerifier {
    standard: Arc<WebPkiServerVerifier>,
}

impl NamingVerifier {
    pub(super) fn new(standard: Arc<WebPkiServerVerifier>) -> Self {
        Self { standard }
    }
}

impl ServerCertVerifier for NamingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.standard
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|error| rename(error, end_entity))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.standard.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.standard.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.standard.supported_verify_schemes()
    }
}

fn rename(error: Error, end_entity: &CertificateDer<'_>) -> Error {
    // A self-signed authority that serves its own certificate is "other" to the standard verifier.
    let nameless = matches!(
        error,
        Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_))
    );
    if nameless && Certificate::parse(end_entity).is_some_and(|certificate| certificate.self_issued) {
        return Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(SelfSigned))));
    }
    error
}
