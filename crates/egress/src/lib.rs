//! The only place that opens outgoing connections: address policy, DNS, TLS, deadlines, caps.
//!
//! A [`UrlPolicy`] judges a URL when it is saved and makes an [`Endpoint`] of it. A [`Client`] sends a
//! [`Request`] to an endpoint and answers with a [`Response`] or a [`Failure`]. In between, a [`Resolve`]r
//! finds the addresses of the host, the [`AddressPolicy`] judges every one of them, and the connection goes
//! to those very addresses and to no others.
//!
//! Promise: one [`Transport::send`] is at most one HTTP request on the wire. Redirects are not followed, no
//! proxy is taken from the environment, nothing is decompressed, and nothing is sent twice. Whatever a
//! receiver does, `send` ends within its [`Deadlines`] and holds no more memory than its [`Limits`] say.
//!
//! Elsewhere: what is sent and when in `delivery`; signatures in `signature`.

mod body;
mod builder;
mod classify;
mod client;
mod connect;
mod deadline;
mod endpoint;
mod exchange;
mod failure;
mod handshake;
mod limits;
mod origin;
mod policy;
mod pool;
mod request;
mod resolve;
mod response;
mod timing;
mod tls;
mod transport;

pub use builder::{BuildError, Builder};
pub use client::{Client, Found, Vetting};
pub use deadline::{DeadlineRefusal, Deadlines};
pub use endpoint::{Endpoint, Host};
pub use failure::{Failure, FailureKind, UnknownFailureKind};
pub use limits::{LimitRefusal, Limits, RESPONSE_FIELDS_MAX};
pub use origin::{Origin, OriginError};
pub use policy::{
    AddressClass, AddressPolicy, HEADER_NAME_BYTES_MAX, HEADER_VALUE_BYTES_MAX, HeaderRefusal, INBOX_HOST,
    URL_BYTES_MAX, UrlPolicy, UrlRefusal, check_header, is_forbidden_header, is_forbidden_port,
};
pub use request::Request;
pub use resolve::{Answer, FixedResolver, Resolve, ResolveError, SystemResolver};
pub use response::{BodyEnd, Response};
pub use timing::Timing;
pub use tls::{Certificate, Tls, TrustError};
pub use transport::{Outcome, Transport};
