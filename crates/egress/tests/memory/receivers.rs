//! Receivers that make us hold as much as they can.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::Ipv4Addr;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hookledger_egress::{
    AddressPolicy, Answer, Client, Deadlines, Endpoint, FixedResolver, Request, UrlPolicy,
};
use http::HeaderMap;

use crate::hostile::{Ends, HOST, Receivers, behaviours};
use crate::{AT_ONCE, GROWTH_KIB_MAX, forget_peak, memory_kib, part};

/// Which of the waves the client shall send.
const WAVE: &str = "HOOKLEDGER_TEST_WAVE";

/// How long a receiver that hangs is waited for: long enough that all of them hang at the same time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Those that make us hold something, by what it is.
const HUNGRY: &[&[&str]] = &[
    &["hangs in a large head", "hangs in a body after a large head", "hangs in a chunk"],
    &["hangs in a large head of a stream", "hangs in a body after a large head of a stream"],
    &["hangs in a large greeting"],
    // Everything at once: what holds, what floods, what never ends.
    &[
        "hangs in a large head",
        "hangs in a body after a large head",
        "hangs in a large greeting",
        "hangs in a large head of a stream",
        "hangs in a body after a large head of a stream",
        "has a greeting that is too large",
        "has an endless chunked body",
        "has an endless body without a length",
        "has an endless encrypted body",
        "announces a huge length",
        "sends a gzip bomb",
        "has a hundred thousand headers",
        "has one giant header",
        "has an endless header",
        "says 100 endlessly",
        "has endless trailers",
        "answers with endless records",
        "floods with settings",
        "floods with pings",
        "floods with empty data",
        "continues a head forever",
        "has a head that grows when unpacked",
        "has a body that ignores our window",
    ],
];

#[test]
#[ignore = "plays the receivers, in a process of its own"]
fn receivers_until_the_standard_input_ends() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let wanted = |name: &str| HUNGRY.iter().any(|wave| wave.contains(&name));
    let receivers = runtime.block_on(Receivers::start(|behaviour| wanted(behaviour.name)));
    let mut out = std::io::stdout().lock();
    for receiver in &receivers.all {
        writeln!(out, "\nreceiver {} {}", receiver.url(), receiver.behaviour.name).unwrap();
    }
    writeln!(out, "{}ready", receivers.authority_pem).unwrap();
    out.flush().unwrap();
    let _ended = std::io::stdin().read(&mut [0]);
}

/// The process of the receivers; it ends with us, because its standard input does.
struct Hostile {
    process: Child,
    authority_pem: String,
    urls: Vec<(String, String)>,
}

impl Hostile {
    fn start() -> Self {
        let mut process = part("receivers::receivers_until_the_standard_input_ends");
        let process = process.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut hostile = Self { process, authority_pem: String::new(), urls: Vec::new() };
        for line in BufReader::new(hostile.process.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some((url, name)) = line.strip_prefix("receiver ").and_then(|rest| rest.split_once(' ')) {
                hostile.urls.push((name.to_owned(), url.to_owned()));
            } else if line == "ready" {
                return hostile;
            } else if !hostile.urls.is_empty() {
                hostile.authority_pem += &line;
                hostile.authority_pem.push('\n');
            }
        }
        panic!("the receivers did not start");
    }

    /// Under a name of its own for each request, so that each has a connection of its own.
    fn endpoint(&self, name: &str, request: usize) -> Endpoint {
        let found = self.urls.iter().find(|(listed, _)| listed == name);
        let (_, url) = found.unwrap_or_else(|| panic!("no receiver {name}"));
        let policy = UrlPolicy::https_only(AddressPolicy::public_only().allowing_loopback()).allowing_http();
        policy.check(&url.replace(HOST, &host(request))).unwrap()
    }
}

fn host(request: usize) -> String {
    format!("r{request}.{HOST}")
}

impl Drop for Hostile {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

fn deadlines(patience: Duration) -> Deadlines {
    let deadlines = Deadlines::default().with_connect(patience).and_then(|d| d.with_first_byte(patience));
    deadlines.and_then(|d| d.with_total(2 * patience)).unwrap()
}

async fn send(
    client: Client,
    name: &'static str,
    endpoint: Endpoint,
    patience: Duration,
) -> (&'static str, Result<u16, String>) {
    let deadlines = deadlines(patience);
    let request = Request { deadlines, ..Request::post(endpoint, HeaderMap::new(), "{}".into()) };
    let outcome = client.send(request).await;
    (
        name,
        outcome.map(|response| response.status.as_u16()).map_err(|failure| failure.kind.as_str().to_owned()),
    )
}

#[test]
fn five_hundred_hostile_receivers_at_once_cost_at_most_64_mebibytes() {
    for wave in 0..HUNGRY.len() {
        let status = part("receivers::requests_to_five_hundred_receivers")
            .env(WAVE, wave.to_string())
            .status()
            .unwrap();
        assert!(status.success(), "wave {wave}: see above");
    }
}

#[test]
#[ignore = "plays the client in one wave, in a process of its own"]
fn requests_to_five_hundred_receivers() {
    let Some(wave) = std::env::var_os(WAVE) else { return };
    let wave = HUNGRY[wave.to_str().unwrap().parse::<usize>().unwrap()];
    let hostile = Hostile::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let resolver = FixedResolver::new();
    for request in 0..AT_ONCE {
        resolver.add(&host(request), Answer::Addresses(vec![Ipv4Addr::LOCALHOST.into()]));
    }
    let client = Client::builder()
        .addresses(AddressPolicy::public_only().allowing_loopback())
        .resolver(Arc::new(resolver))
        .trusting_pem(hostile.authority_pem.as_bytes())
        .unwrap()
        .build()
        .unwrap();
    // Once each, so that tables, code and threads are there.
    let once = wave.iter().map(|name| send(client.clone(), name, hostile.endpoint(name, 0), PATIENCE / 10));
    runtime.block_on(join_all(once));
    let before = memory_kib("VmRSS:");

    forget_peak();
    let sends = (0..AT_ONCE).map(|n| {
        let name = wave[n % wave.len()];
        runtime.spawn(send(client.clone(), name, hostile.endpoint(name, n), PATIENCE))
    });
    let outcomes = runtime.block_on(join_all(sends));
    let growth = memory_kib("VmHWM:").saturating_sub(before);
    println!("{AT_ONCE} receivers, such as one that {}: {growth} KiB over {before} KiB", wave[0]);
    for outcome in outcomes {
        let (name, outcome) = outcome.unwrap();
        let ends = behaviours().find(|behaviour| behaviour.name == name).unwrap().ends;
        let expected = match ends {
            Ends::Failure(class) | Ends::Either(class, _) => Err(class.to_owned()),
            Ends::Response(status, _) => Ok(status),
        };
        // Which class it must be is another test's matter; here, a machine may be too slow for five hundred at once.
        let late = outcome.as_ref().is_err_and(|class| class.ends_with("_timeout"));
        assert!(late || outcome == expected, "a receiver that {name}: {outcome:?}");
    }
    assert!(growth <= GROWTH_KIB_MAX, "{growth} KiB for {wave:?}");
}
