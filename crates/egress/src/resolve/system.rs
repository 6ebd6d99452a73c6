//! The resolver of production: the name servers and the hosts file of this machine.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    LookupIpStrategy, NameServerConfig, ProtocolConfig, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::system_conf::read_system_conf;
use tokio::sync::Semaphore;

use super::answers::Answers;
use super::{Resolve, ResolveError};

/// Lookups under way at the same time; further ones wait, within their own deadline.
const LOOKUPS_MAX: usize = 256;
/// Those of them whose answer did not fit into a datagram. Such an answer may take more than a mebibyte while it is read.
const LONG_LOOKUPS_MAX: usize = 16;

/// The most addresses of a name. Nobody who is called needs as many; an answer with more is none.
const ADDRESSES_MAX: usize = 1024;

/// How long answers are kept at most: a moved receiver or a repaired name is noticed within these.
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
    answers: Answers,
}

enum Backend {
    Hickory(Box<Hickory>),
    OperatingSystem,
}

/// Name servers are asked over UDP, where answers are short, and over TCP only for what is longer, by few at a time: so
/// what hostile ones can make us hold is bounded.
struct Hickory {
    usual: TokioResolver,
    long: TokioResolver,
    long_lookups: Semaphore,
}

impl SystemResolver {
    /// Reads the configuration of this machine.
    pub fn from_system() -> Self {
        let read = read_system_conf().and_then(|(config, options)| Hickory::new(&config, &options));
        let backend = read.map_or_else(
            |error| {
                tracing::warn!(%error, "cannot read the DNS configuration, asking the operating system instead");
                Backend::OperatingSystem
            },
            |hickory| Backend::Hickory(Box::new(hickory)),
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
        let hickory = Hickory::new(&config, &ResolverOpts::default());
        Self::new(Backend::Hickory(Box::new(
            hickory.expect("plain UDP and TCP need nothing that could be missing"),
        )))
    }

    fn new(backend: Backend) -> Self {
        Self { backend, lookups: Semaphore::new(LOOKUPS_MAX), answers: Answers::default() }
    }

    /// The addresses of a name, and until when they are good.
    async fn look_up(&self, host: &str) -> Result<(Vec<IpAddr>, Instant), ResolveError> {
        match &self.backend {
            Backend::Hickory(hickory) => hickory.look_up(host).await,
            Backend::OperatingSystem => {
                let found = tokio::net::lookup_host((host, 0)).await.map_err(|error| os_reason(&error))?;
                // How long they are good it does not say, and has a cache of its own.
                Ok((found.map(|address| address.ip()).collect(), Instant::now()))
            }
        }
    }
}

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        if let Some(known) = self.answers.get(host, Instant::now()) {
            return known;
        }
        let _slot = self.lookups.acquire().await.map_err(|_| ResolveError::Busy)?;
        let answer = match self.look_up(host).await {
            Ok((found, _)) if found.is_empty() => Err(ResolveError::NotFound),
            Ok((found, _)) if found.len() > ADDRESSES_MAX => Err(ResolveError::Failed),
            answer => answer,
        };
        let now = Instant::now();
        match answer {
            Ok((found, good_until)) => {
                self.answers.put(host, Ok(found.clone()), good_until.min(now + POSITIVE_TTL_MAX), now);
                Ok(found)
            }
            Err(error) => {
                if error == ResolveError::NotFound {
                    self.answers.put(host, Err(error), now + NEGATIVE_TTL_MAX, now);
                }
                Err(error)
            }
        }
    }
}

impl Hickory {
    fn new(config: &ResolverConfig, options: &ResolverOpts) -> Result<Self, NetError> {
        let over = |tcp: bool| {
            let mut servers = config.name_servers().to_vec();
            for server in &mut servers {
                server.connections.retain(|to| matches!(to.protocol, ProtocolConfig::Tcp) == tcp);
            }
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
            *builder.options_mut() = tuned(options.clone());
            builder.build()
        };
        Ok(Self { usual: over(false)?, long: over(true)?, long_lookups: Semaphore::new(LONG_LOOKUPS_MAX) })
    }

    async fn look_up(&self, host: &str) -> Result<(Vec<IpAddr>, Instant), ResolveError> {
        // The dot makes the name absolute: no search domain of this machine is tried.
        let name = format!("{host}.");
        let found = match self.usual.lookup_ip(name.as_str()).await {
            Err(NetError::Truncated) => {
                let _slot = self.long_lookups.acquire().await.map_err(|_| ResolveError::Busy)?;
                self.long.lookup_ip(name.as_str()).await
            }
            found => found,
        };
        let found = found.map_err(|error| reason(&error))?;
        Ok((found.iter().collect(), found.valid_until()))
    }
}

fn tuned(mut options: ResolverOpts) -> ResolverOpts {
    options.timeout = SERVER_TIMEOUT;
    options.attempts = SERVER_ATTEMPTS;
    // Its cache counts answers, however large they are; ours keeps addresses alone.
    options.cache_size = 0;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.max_active_requests = LOOKUPS_MAX;
    options
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
