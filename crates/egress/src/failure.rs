//! Why no response came, in words that stay the same.
//!
//! The names are recorded in the ledger, shown to integrators, counted in metrics and compared in rules, so
//! a name is never changed or given another meaning; new ones may be added.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::timing::Timing;

/// The longest detail of a failure, in characters.
const DETAIL_CHARS_MAX: usize = 200;

/// A request that got no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{}", Detail(detail.as_deref()))]
pub struct Failure {
    /// The class, which is all that programs should look at.
    pub kind: FailureKind,
    /// For people: what exactly, in a short line of plain text without secrets. Parts of it may be the
    /// receiver's own words, such as the names in its certificate.
    pub detail: Option<Box<str>>,
    /// The address that was connected to, or was being connected to; none before that.
    pub peer: Option<SocketAddr>,
    /// How far it got, and when.
    pub timing: Timing,
    /// Whether any part of the request may have reached the receiver, who may then have acted on it.
    pub sent: bool,
}

impl Failure {
    /// A failure of which nothing is known but its class.
    pub fn new(kind: FailureKind) -> Self {
        Self { kind, detail: None, peer: None, timing: Timing::default(), sent: false }
    }

    /// With a detail, cut and cleaned so that it can be stored and shown anywhere.
    #[must_use]
    pub fn with_detail(mut self, detail: &str) -> Self {
        let clean = |c: char| if c.is_control() { ' ' } else { c };
        self.detail = Some(detail.chars().take(DETAIL_CHARS_MAX).map(clean).collect());
        self
    }
}

struct Detail<'a>(Option<&'a str>);

impl fmt::Display for Detail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |detail| write!(f, ": {detail}"))
    }
}

/// Defines the kinds once: variant, stable name, what to do about it.
macro_rules! kinds {
    ($($(#[doc = $meaning:literal])+ $kind:ident = $name:literal, $advice:literal;)+) => {
        /// The class of a failure. Each has a stable name; see [`FailureKind::as_str`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FailureKind {
            $($(#[doc = $meaning])+ #[doc = ""] #[doc = $advice] $kind,)+
        }

        impl FailureKind {
            /// Every kind, in the order in which a request meets them.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// The name that records, answers, metrics and rules use.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// What it means, in a sentence for the owner of the receiver.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$kind => concat!($($meaning,)+).trim_ascii(),)+ }
            }

            /// What the owner of the receiver should do.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$kind => $advice,)+ }
            }
        }
    };
}

kinds! {
    /// This installation has no socket left for the request; the receiver is not to blame.
    LocalLimit = "local_limit",
        "Nothing to do at the receiver; the operator should raise the limits or add nodes.";
    /// The host name does not exist, or has no address.
    DnsNotFound = "dns_not_found",
        "Check the host name for typing errors and its DNS records.";
    /// The name servers gave no usable answer.
    DnsFailed = "dns_failed",
        "Check the name servers of the domain (SERVFAIL, REFUSED, broken DNSSEC or delegation).";
    /// The name servers did not answer in time.
    DnsTimeout = "dns_timeout",
        "Check that the name servers of the domain are up and answer quickly.";
    /// The host has an address that may not be called, such as a private or a loopback one; nothing was sent.
    AddressRefused = "address_refused",
        "Give the host public addresses only: one forbidden address among several is refused as a whole.";
    /// The host is up, and nothing listens on the port.
    ConnectRefused = "connect_refused",
        "Start the receiver, or correct the port.";
    /// The connection was reset while it was being opened.
    ConnectReset = "connect_reset",
        "Check load balancers and firewalls in front of the receiver.";
    /// Nobody answered the attempt to connect.
    ConnectTimeout = "connect_timeout",
        "Check that the host is up and that its firewall lets us in.";
    /// There is no way to the host, or a firewall says so.
    ConnectUnreachable = "connect_unreachable",
        "Check routing and firewalls; an IPv6 address that is published must also be reachable.";
    /// The connection could not be opened for another reason.
    ConnectFailed = "connect_failed",
        "See the detail.";
    /// The certificate has expired.
    TlsCertificateExpired = "tls_certificate_expired",
        "Renew the certificate, and reload the server that serves it.";
    /// The certificate is not valid yet.
    TlsCertificateNotYetValid = "tls_certificate_not_yet_valid",
        "Check the clock of whoever issued the certificate, or serve the old one until the new one is valid.";
    /// The certificate was issued for another purpose than being a server.
    TlsCertificatePurpose = "tls_certificate_purpose",
        "Install a certificate with the extended key usage of a TLS server.";
    /// The certificate is for another host.
    TlsWrongHost = "tls_wrong_host",
        "Install a certificate that names the host of the URL.";
    /// The certificate was issued by an authority that is not known here.
    TlsUnknownIssuer = "tls_unknown_issuer",
        "Serve the intermediate certificates as well, or use a public certificate authority.";
    /// The certificate was signed by nobody but its owner.
    TlsSelfSigned = "tls_self_signed",
        "Use a certificate from a public certificate authority.";
    /// The certificate is not acceptable for another reason: damaged, badly signed, not a server's.
    TlsCertificateInvalid = "tls_certificate_invalid",
        "See the detail; usually the certificate must be issued again.";
    /// What came back is not TLS at all.
    TlsNotSpoken = "tls_not_spoken",
        "Use the port that speaks HTTPS; this one speaks plain HTTP or something else.";
    /// The receiver refused to encrypt, with an alert that the detail names.
    TlsAlert = "tls_alert",
        "Allow TLS 1.2 or 1.3 with common ciphers, serve this host name, and ask for no client certificate.";
    /// The connection was closed or reset during the TLS handshake.
    TlsClosed = "tls_closed",
        "Check that the port speaks HTTPS, and what the proxy or firewall in front of it does with unknown callers.";
    /// No agreement on how to encrypt, or the receiver broke the rules of TLS.
    TlsHandshake = "tls_handshake",
        "Check that the receiver speaks TLS 1.2 or 1.3; the detail says what went wrong.";
    /// The TLS handshake did not finish in time.
    TlsTimeout = "tls_timeout",
        "Check the load of the receiver, and that the port speaks HTTPS.";
    /// The request could not be written to the end.
    WriteFailed = "write_failed",
        "Read the whole request before closing the connection; check size limits of the receiver.";
    /// The connection was reset before a response came.
    Reset = "reset",
        "Check the receiver for crashes and its proxy for limits; the request may have been handled.";
    /// The connection was closed before a response came.
    ClosedEarly = "closed_early",
        "Answer before closing the connection; the request may have been handled.";
    /// The receiver took the request and did not answer in time.
    FirstByteTimeout = "first_byte_timeout",
        "Answer first and work later: put the event in a queue and reply with 2xx at once.";
    /// The time for the whole request was over before the connection was ready for it.
    TotalTimeout = "total_timeout",
        "Check the load of the receiver: it accepted a connection and did not begin to speak HTTP on it.";
    /// The head of the response has too many or too long headers.
    HeadersTooLarge = "headers_too_large",
        "Send fewer and shorter response headers; none are needed.";
    /// Far too much came before the response: interim responses, or frames of HTTP/2 that carry none.
    Flooded = "flooded",
        "Check the receiver and its proxy for loops; few interim responses (1xx), if any, are needed.";
    /// What came back is not a response of HTTP/1.1.
    InvalidResponse = "invalid_response",
        "Check that the port belongs to a web server, and what sits in front of it.";
    /// The receiver refused or reset the HTTP/2 stream of the request; the detail names its reason.
    Http2Reset = "http2_reset",
        "Check the receiver for crashes and its proxy for limits; the request may have been handled.";
    /// The receiver said goodbye to the HTTP/2 connection (GOAWAY) without answering.
    Http2Goaway = "http2_goaway",
        "Answer the requests that have begun before closing the connection.";
    /// The receiver broke the rules of HTTP/2, or sent a head that is too large.
    Http2Error = "http2_error",
        "Check the HTTP/2 settings of the receiver's proxy, or switch HTTP/2 off there.";
}

impl FailureKind {
    /// Whether the cause lies on our side, so that the receiver's health must not suffer for it.
    pub fn is_ours(self) -> bool {
        self == Self::LocalLimit
    }

    /// Whether time ran out, in whichever phase.
    pub fn is_timeout(self) -> bool {
        matches!(
            self,
            Self::DnsTimeout
                | Self::ConnectTimeout
                | Self::TlsTimeout
                | Self::FirstByteTimeout
                | Self::TotalTimeout
        )
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no failure kind of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a failure kind")]
pub struct UnknownFailureKind;

impl FromStr for FailureKind {
    type Err = UnknownFailureKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name).ok_or(UnknownFailureKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_in_text_and_in_json_and_lead_back() {
        for kind in FailureKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        assert_eq!("no_such_kind".parse::<FailureKind>(), Err(UnknownFailureKind));
    }

    #[test]
    fn details_are_cut_and_hold_no_control_characters() {
        let failure = Failure::new(FailureKind::TlsWrongHost).with_detail(&"a\r\nb".repeat(100));
        let detail = failure.detail.as_deref().unwrap();
        assert_eq!(detail.chars().count(), DETAIL_CHARS_MAX);
        assert!(detail.starts_with("a  ba  b"));
        assert!(failure.to_string().starts_with("tls_wrong_host: a  b"));
    }

    #[test]
    fn every_kind_says_what_it_means_and_what_to_do() {
        for kind in FailureKind::ALL {
            assert!(kind.meaning().ends_with('.') && kind.advice().ends_with('.'), "{kind}");
        }
    }

    #[test]
    fn the_reference_lists_every_kind_in_these_words() {
        let reference = include_str!("../../../docs/reference/errors.md");
        for kind in FailureKind::ALL {
            let row = format!("| `{kind}` | {} | {} |\n", kind.meaning(), kind.advice());
            assert!(reference.contains(&row), "missing in docs/reference/errors.md: {row}");
        }
    }
}
