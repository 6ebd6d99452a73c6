//! Name servers that answer with as many addresses as a message holds, or not at all.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hookledger_egress::{AddressPolicy, Client, Deadlines, Request, SystemResolver, UrlPolicy};
use http::HeaderMap;

use crate::name_server::{Reply, name_server};
use crate::{AT_ONCE, GROWTH_KIB_MAX, forget_peak, memory_kib, part};

/// About as many as fit into the longest message.
const ADDRESSES: u16 = 4_000;

/// Answers that are kept as long as they may be.
const SECONDS: u32 = 86_400;

#[test]
#[ignore = "plays the name server, in a process of its own"]
fn a_name_server_until_the_standard_input_ends() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // All of them public but for the last, so that the whole answer has to be judged.
    let address = |n: u16| IpAddr::from([8, 8, n.to_be_bytes()[0], n.to_be_bytes()[1]]);
    let many = |count: u16| (1..count).map(address).chain([IpAddr::from([127, 0, 0, 1])]).collect();
    let (longest, long): (Vec<_>, Vec<_>) = (many(ADDRESSES), many(1_000));
    let at = runtime.block_on(name_server(move |question| match number(&question.name) % 4 {
        0 => Reply::Silence,
        1 => Reply::Lasting(SECONDS, long.clone()),
        _ => Reply::Lasting(SECONDS, longest.clone()),
    }));
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nname server {at}").unwrap();
    out.flush().unwrap();
    let _ended = std::io::stdin().read(&mut [0]);
}

/// Which of the names it is.
fn number(name: &str) -> usize {
    name.trim_start_matches('n').split('.').next().unwrap().parse().unwrap()
}

#[test]
fn five_hundred_names_with_as_many_addresses_as_there_can_be_cost_at_most_64_mebibytes() {
    let status = part("names::requests_to_five_hundred_names").env(ASKED_FOR, "yes").status().unwrap();
    assert!(status.success(), "see above");
}

/// Set where the client is to be played.
const ASKED_FOR: &str = "HOOKLEDGER_TEST_NAMES";

#[test]
#[ignore = "plays the client, in a process of its own"]
fn requests_to_five_hundred_names() {
    if std::env::var_os(ASKED_FOR).is_none() {
        return;
    }
    let mut server = part("names::a_name_server_until_the_standard_input_ends");
    let mut server = server.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let at = lines.map(Result::unwrap).find_map(|line| line.strip_prefix("name server ")?.parse().ok());
    let at: SocketAddr = at.expect("the name server says where it is");

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let client = Client::builder().resolver(Arc::new(SystemResolver::asking(&[at]))).build().unwrap();
    let policy = UrlPolicy::https_only(AddressPolicy::public_only()).allowing_http();
    let request = |n: usize| {
        let endpoint = policy.check(&format!("http://n{n}.example/")).unwrap();
        let deadlines = Deadlines::default().with_dns(Duration::from_secs(10));
        let deadlines = deadlines.and_then(|d| d.with_total(Duration::from_secs(20))).unwrap();
        Request { deadlines, ..Request::post(endpoint, HeaderMap::new(), "{}".into()) }
    };
    let _once = runtime.block_on(client.send(request(AT_ONCE)));
    let before = memory_kib("VmRSS:");
    forget_peak();
    let sends = (0..AT_ONCE).map(|n| {
        let (client, request) = (client.clone(), request(n));
        runtime.spawn(async move { client.send(request).await.map_err(|failure| failure.kind.as_str()) })
    });
    let outcomes = runtime.block_on(join_all(sends));
    let growth = memory_kib("VmHWM:").saturating_sub(before);
    let outcomes: Vec<_> =
        outcomes.into_iter().map(|outcome| outcome.unwrap().map(|response| response.status)).collect();
    println!("{AT_ONCE} names: {growth} KiB over {before} KiB");
    server.kill().unwrap();
    server.wait().unwrap();
    for (n, outcome) in outcomes.into_iter().enumerate() {
        let expected = match n % 4 {
            0 => "dns_timeout",
            1 => "address_refused",
            _ => "dns_failed",
        };
        // A machine may be too slow for five hundred at once.
        let late = outcome == Err("dns_timeout");
        assert!(late || outcome == Err(expected), "name {n}: {outcome:?}");
    }
    assert!(growth <= GROWTH_KIB_MAX, "{growth} KiB");
}
