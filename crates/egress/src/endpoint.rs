//! A URL that was judged and can be sent to.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::Uri;
use url::Url;

/// Where a request goes. Made by [`crate::UrlPolicy::check`] only, and cheap to clone.
///
/// Its `Debug` shows scheme, host and port: paths and queries of webhooks often are secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Arc<Parts>);

#[derive(PartialEq, Eq)]
struct Parts {
    text: Box<str>,
    uri: Uri,
    host: Host,
    port: u16,
}

/// The host of an endpoint, in canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A name in lower-case ASCII, without a trailing dot.
    Name(Box<str>),
    /// An address, however the user spelled it.
    Address(IpAddr),
}

impl Endpoint {
    /// None if the URL has a character that HTTP does not carry.
    pub(crate) fn new(url: &Url, host: Host, port: u16) -> Option<Self> {
        let uri = url.as_str().parse().ok()?;
        Some(Self(Arc::new(Parts { text: url.as_str().into(), uri, host, port })))
    }

    /// The URL in canonical form.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The host, in canonical form.
    pub fn host(&self) -> &Host {
        &self.0.host
    }

    /// The port, given or implied by the scheme.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Whether the connection is encrypted.
    pub fn is_https(&self) -> bool {
        self.0.uri.scheme() == Some(&http::uri::Scheme::HTTPS)
    }

    /// Scheme, host and port: what may be logged.
    pub fn origin(&self) -> String {
        let scheme = if self.is_https() { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.0.host, self.0.port)
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.0.uri
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.origin())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{AddressPolicy, UrlPolicy};

    #[test]
    fn debug_output_keeps_the_path_and_the_query_to_itself() {
        let policy = UrlPolicy::https_only(AddressPolicy::public_only());
        let endpoint = policy.check("https://hooks.example/services/T0KEN?key=s3cret").unwrap();
        assert_eq!(format!("{endpoint:?}"), "Endpoint(https://hooks.example:443)");
    }
}
