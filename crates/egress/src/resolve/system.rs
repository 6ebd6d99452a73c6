//! The resolver of production: the name servers and the hosts file of this machine.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::LookupIpStrategy;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use tokio::sync::Semaphore;

use super::{Resolve, ResolveError};

/// Lookups under way at the same time; further ones wait, within their own deadline.
const LOOKUPS_MAX: usize = 256;

/// Answers kept, and how long at most: a moved receiver or a repaired name is noticed within these.
const CACHED_ANSWERS_MAX: u64 = 8192;
const POSITIVE_TTL_MAX: Duration = Duration::from_mins(5);
const NEGATIVE_TTL_MAX: Duration = Duration::from_secs(10);

/// Patience with one name server, and with all of them: together below the usual DNS deadline of 3 s.
const SERVER_TIMEOUT: Duration = Duration::from_millis(1200);
const SERVER_ATTEMPTS: usize = 2;

/// Asks the name servers that this machine is configured for, and remembers their answers for a while.
///
/// Where that configuration cannot be read, the operating system is asked instead; it knows no difference
/// between names that do not exist and servers that fail.
pub struct SystemResolver {
    backend: Backend,
    lookups: Semaphore,
}

enum Backend {
    Hickory(Box<TokioResolver>),
    OperatingSystem,
}

impl SystemResolver {
    /// Reads the configuration of this machine.
    pub fn from_system() -> Self {
        let backend = hickory().map_or_else(
            |error| {
                tracing::warn!(%error, "cannot read the DNS configuration, asking the operating system instead");
                Backend::OperatingSystem
            },
            |resolver| Backend::Hickory(Box::new(resolver)),
        );
        Self { backend, lookups: Semaphore::new(LOOKUPS_MAX) }
    }
}

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let _slot = self.lookups.acquire().await.map_err(|_| ResolveError::Busy)?;
        let addresses: Vec<IpAddr> = match &self.backend {
            Backend::Hickory(resolver) => {
                // The dot makes the name absolute: no search domain of this machine is tried.
                resolver.lookup_ip(format!("{host}.")).await.map_err(|error| reason(&error))?.iter().collect()
            }
            Backend::OperatingSystem => tokio::net::lookup_host((host, 0))
                .await
                .map_err(|error| os_reason(&error))?
                .map(|address| address.ip())
                .collect(),
        };
        if addresses.is_empty() { Err(ResolveError::NotFound) } else { Ok(addresses) }
    }
}

fn hickory() -> Result<TokioResolver, NetError> {
    let mut builder = TokioResolver::builder_tokio()?;
    let options = builder.options_mut();
    options.timeout = SERVER_TIMEOUT;
    options.attempts = SERVER_ATTEMPTS;
    options.cache_size = CACHED_ANSWERS_MAX;
    options.positive_max_ttl = Some(POSITIVE_TTL_MAX);
    options.negative_max_ttl = Some(NEGATIVE_TTL_MAX);
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.max_active_requests = LOOKUPS_MAX;
    builder.build()
}

fn reason(error: &NetError) -> ResolveError {
    match error {
        NetError::Timeout => ResolveError::Timeout,
        NetError::Busy => ResolveError::Busy,
        NetError::Io(error) if error.kind() == io::ErrorKind::TimedOut => ResolveError::Timeout,
        NetError::Dns(DnsError::NoRecordsFound(none))
            if matches!(none.response_code, ResponseCode::NXDomain | ResponseCode::NoError) =>
        {
            ResolveError::NotFound
        }
        _ => ResolveError::Failed,
    }
}

/// The standard library tells these apart in the message only, so there is one class for both.
fn os_reason(error: &io::Error) -> ResolveError {
    if error.kind() == io::ErrorKind::TimedOut { ResolveError::Timeout } else { ResolveError::NotFound }
}
