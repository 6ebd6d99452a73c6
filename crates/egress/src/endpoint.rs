//! A URL that was judged and can be sent to.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::uri::Scheme;
use http::{HeaderValue, Uri};
use url::Url;

use crate::policy::INBOX_HOST;

/// Where a request goes. Made by [`crate::UrlPolicy::check`] only, and cheap to clone.
///
/// Its `Debug` shows scheme, host and port: paths and queries of webhooks often are secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Arc<Parts>);

#[derive(PartialEq, Eq)]
struct Parts {
    text: Box<str>,
    host: Host,
    port: u16,
    origin: Arc<str>,
    // The rest is what requests are made of, ready to be cloned.
    absolute: Uri,
    relative: Uri,
    host_header: HeaderValue,
}

/// The host of an endpoint, in canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A name in lower-case ASCII, without a trailing dot.
    Name(Box<str>),
    /// An address, however the user spelled it.
    Address(IpAddr),
}

impl Host {
    /// Whether it is that of the inboxes of this server; [`crate::UrlPolicy::allowing_inboxes`] accepts no URL of it that is
    /// not one of an inbox.
    pub fn is_inbox(&self) -> bool {
        matches!(self, Self::Name(name) if &**name == INBOX_HOST)
    }
}

impl Endpoint {
    /// None if the URL has a character that HTTP does not carry.
    pub(crate) fn new(url: &Url, host: Host, port: u16) -> Option<Self> {
        let absolute: Uri = url.as_str().parse().ok()?;
        let relative = absolute.path_and_query()?.clone().into();
        let host_header = absolute.authority()?.as_str().parse().ok()?;
        let origin = format!("{}://{host}:{port}", url.scheme()).into();
        let text = url.as_str().into();
        Some(Self(Arc::new(Parts { text, host, port, origin, absolute, relative, host_header })))
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
        self.0.absolute.scheme() == Some(&Scheme::HTTPS)
    }

    /// Scheme, host and port: what may be logged, and what shares connections.
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    pub(crate) fn shared_origin(&self) -> &Arc<str> {
        &self.0.origin
    }

    /// The URI as HTTP/2 wants it.
    pub(crate) fn absolute_uri(&self) -> &Uri {
        &self.0.absolute
    }

    /// The URI as HTTP/1 wants it, with the host in a header of its own.
    pub(crate) fn relative_uri(&self) -> &Uri {
        &self.0.relative
    }

    pub(crate) fn host_header(&self) -> &HeaderValue {
        &self.0.host_header
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
