//! What went wrong in TLS, as one of our kinds and a short text that is safe to show.

use std::io;

use rustls::{CertificateError, Error, InvalidMessage, OtherError};

use super::verifier::SelfSigned;
use crate::connect::Flooded;
use crate::failure::FailureKind;

/// The kind of a TLS error, and what to show about it.
pub(crate) fn tls_fault(error: &Error) -> (FailureKind, String) {
    let kind = match error {
        Error::InvalidCertificate(error) => certificate_fault(error),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => FailureKind::TlsNotSpoken,
        Error::AlertReceived(_) => FailureKind::TlsAlert,
        _ => FailureKind::TlsHandshake,
    };
    let text = match error {
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "the answer was not TLS; does the port speak plain HTTP?".to_owned()
        }
        Error::InvalidCertificate(error) => error.to_string(),
        other => other.to_string(),
    };
    (kind, text)
}

/// The same for what a handshake returns: TLS errors come wrapped, and the connection may simply end.
pub(crate) fn handshake_fault(error: &io::Error) -> (FailureKind, Option<String>) {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        let (kind, text) = tls_fault(error);
        return (kind, Some(text));
    }
    if let Some(inner) = error.get_ref()
        && inner.is::<Flooded>()
    {
        return (FailureKind::TlsHandshake, Some("the greeting was too large".to_owned()));
    }
    match error.kind() {
        io::ErrorKind::TimedOut => (FailureKind::TlsTimeout, None),
        _ => (FailureKind::TlsClosed, None),
    }
}

fn certificate_fault(error: &CertificateError) -> FailureKind {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            FailureKind::TlsCertificateExpired
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            FailureKind::TlsCertificateNotYetValid
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            FailureKind::TlsCertificatePurpose
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            FailureKind::TlsWrongHost
        }
        CertificateError::UnknownIssuer => FailureKind::TlsUnknownIssuer,
        CertificateError::Other(OtherError(inner)) if inner.is::<SelfSigned>() => FailureKind::TlsSelfSigned,
        _ => FailureKind::TlsCertificateInvalid,
    }
}
