//! The resolver of production: the name servers and the hosts file of this machine.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use async_trait::async_trait;
use hickory_resolver::config::{LookupIpStrategy, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::{ResolverBuilder, TokioResolver};
use tokio::sync::Semaphore;

use super::{Resolve, ResolveError};

/// Lookups under way at the same time; further ones wait, within their own deadline.
const LOOKUPS_MAX: usize = 256;

/// Answers kept, and how long at most: a moved receiver or a repaired name is noticed within these.
const CACHED_ANSWERS_MAX: u64 = 1024;
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
        let backend = TokioResolver::builder_tokio().and_then(tuned).map_or_else(
            |error| {
                tracing::warn!(%error, "cannot read the DNS configuration, asking the operating system instead");
                Backend::OperatingSystem
            },
            |resolver| Backend::Hickory(Box::new(resolver)),
        );
        Self::new(backend)
    }

    /// Asks these name servers, over UDP and, for long answers, TCP.
    pub fn asking(servers: &[SocketAddr]) -> Self {
        let servers = servers.iter().map(|server| {
            let mut config = NameServerConfig::udp_and_tcp(server.ip());
            config.connections.iter_mut().for_each(|connection| connection.port = server.port());
            config
        });
        let config = ResolverConfig::from_parts(None, Vec::new(), servers.collect());
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let resolver = tuned(builder).expect("plain UDP and TCP need nothing that could be missing");
        Self::new(Backend::Hickory(Box::new(resolver)))
    }

    fn new(backend: Backend) -> Self {
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

fn tuned(mut builder: ResolverBuilder<TokioRuntimeProvider>) -> Result<TokioResolver, NetError> {
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::UdpSocket;

    use super::*;

    const NO_ERROR: u8 = 0;
    const SERVER_FAILURE: u8 = 2;
    const NO_SUCH_NAME: u8 = 3;
    const REFUSED: u8 = 5;

    /// A name server that answers every question with this code, and questions for IPv4 with these addresses.
    async fn name_server(code: u8, addresses: &'static [[u8; 4]]) -> SocketAddr {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            while let Ok((length, asker)) = socket.recv_from(&mut buffer).await {
                socket.send_to(&answer(&buffer[..length], code, addresses), asker).await.unwrap();
            }
        });
        at
    }

    fn answer(question: &[u8], code: u8, addresses: &[[u8; 4]]) -> Vec<u8> {
        let name_end = 12 + question[12..].iter().position(|byte| *byte == 0).unwrap() + 1;
        let asks_for_ipv4 = question[name_end..name_end + 2] == [0, 1];
        let records = if asks_for_ipv4 { addresses } else { &[] };
        let count = u8::try_from(records.len()).unwrap();
        let mut answer = question[..2].to_vec();
        answer.extend([0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0]);
        answer.extend(&question[12..name_end + 4]);
        for address in records {
            answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
            answer.extend(address);
        }
        answer
    }

    #[tokio::test]
    async fn all_addresses_of_an_answer_are_returned() {
        let server = name_server(NO_ERROR, &[[192, 0, 2, 1], [192, 0, 2, 2]]).await;
        let mut found = SystemResolver::asking(&[server]).resolve("hooks.example").await.unwrap();
        found.sort();
        assert_eq!(found, ["192.0.2.1", "192.0.2.2"].map(|address| address.parse::<IpAddr>().unwrap()));
    }

    #[tokio::test]
    async fn what_name_servers_say_has_a_class_each() {
        for (code, expected) in [
            (NO_SUCH_NAME, ResolveError::NotFound),
            (NO_ERROR, ResolveError::NotFound),
            (SERVER_FAILURE, ResolveError::Failed),
            (REFUSED, ResolveError::Failed),
        ] {
            let server = name_server(code, &[]).await;
            assert_eq!(
                SystemResolver::asking(&[server]).resolve("hooks.example").await,
                Err(expected),
                "code {code}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn name_servers_that_stay_silent_are_given_up() {
        let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let resolver = SystemResolver::asking(&[silent.local_addr().unwrap()]);
        assert_eq!(resolver.resolve("hooks.example").await, Err(ResolveError::Timeout));
    }

    #[tokio::test]
    async fn this_machine_knows_itself() {
        for resolver in [SystemResolver::from_system(), SystemResolver::new(Backend::OperatingSystem)] {
            let found = resolver.resolve("localhost").await.unwrap();
            assert!(found.iter().all(IpAddr::is_loopback), "{found:?}");
        }
    }
}
