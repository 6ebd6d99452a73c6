//! Names to addresses.
//!
//! A resolver only finds; whether an address may be called is the address policy's to say, and it is asked
//! about every address of every answer, right before the connection is opened to one of them.

mod answers;
mod fixed;
mod system;

use std::net::IpAddr;

use async_trait::async_trait;

pub use self::fixed::{Answer, FixedResolver};
pub use self::system::SystemResolver;
use crate::failure::FailureKind;

/// Finds the addresses of hosts.
#[async_trait]
pub trait Resolve: Send + Sync + 'static {
    /// All addresses of a name, in the order in which they should be tried; not empty.
    ///
    /// `host` is in lower-case ASCII without a trailing dot, and is absolute: no search domains apply.
    /// The caller bounds the time.
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError>;
}

/// Why a name has no addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// It does not exist, or exists without an address.
    #[error("host name has no address")]
    NotFound,
    /// The name servers refused, failed, or answered nonsense.
    #[error("name servers gave no usable answer")]
    Failed,
    /// The name servers did not answer.
    #[error("name servers did not answer in time")]
    Timeout,
    /// Too many lookups are under way here.
    #[error("too many lookups at the same time")]
    Busy,
}

impl ResolveError {
    pub(crate) fn kind(self) -> FailureKind {
        match self {
            Self::NotFound => FailureKind::DnsNotFound,
            Self::Failed => FailureKind::DnsFailed,
            Self::Timeout => FailureKind::DnsTimeout,
            Self::Busy => FailureKind::LocalLimit,
        }
    }
}
