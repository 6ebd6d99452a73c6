//! Hostile name servers, asked over real sockets by the resolver of production.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hookledger_egress::{
    AddressClass, AddressPolicy, Client, Endpoint, FailureKind, Resolve, SystemResolver, UrlPolicy, Vetting,
};

use crate::name_server::{NO_ERROR, NO_SUCH_NAME, REFUSED, Reply, SERVER_FAILURE, name_server};
use crate::support::*;

const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(1, 1, 1, 1));
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A client as in production, that asks this name server.
fn strict(server: SocketAddr) -> Client {
    Client::builder().resolver(Arc::new(SystemResolver::asking(&[server]))).build().unwrap()
}

/// A client that may call this machine.
fn lenient(server: SocketAddr) -> Client {
    builder().resolver(Arc::new(SystemResolver::asking(&[server]))).build().unwrap()
}

fn named(host: &str, at: SocketAddr) -> Endpoint {
    let policy = UrlPolicy::https_only(AddressPolicy::public_only().allowing_loopback()).allowing_http();
    policy.check(&format!("http://{host}:{}/", at.port())).unwrap()
}

fn addresses(text: &[&str]) -> Reply {
    Reply::Addresses(text.iter().map(|address| address.parse().unwrap()).collect())
}

fn a_thousand(last: IpAddr) -> Vec<IpAddr> {
    let public = |n: u16| IpAddr::from([8, 8, n.to_be_bytes()[0], n.to_be_bytes()[1]]);
    (0..999).map(public).chain([last]).collect()
}

#[tokio::test]
async fn each_answer_of_a_name_server_ends_as_its_own_class_within_its_deadline() {
    let (at, seen) = web(|_| status(200)).await;
    for (reply, expected) in [
        (Reply::Code(NO_SUCH_NAME), FailureKind::DnsNotFound),
        (Reply::Code(NO_ERROR), FailureKind::DnsNotFound),
        (Reply::Code(SERVER_FAILURE), FailureKind::DnsFailed),
        (Reply::Code(REFUSED), FailureKind::DnsFailed),
        (Reply::Silence, FailureKind::DnsTimeout),
        (Reply::Nonsense, FailureKind::DnsFailed),
        (addresses(&["127.0.0.1"]), FailureKind::AddressRefused),
        (addresses(&["1.1.1.1", "127.0.0.1"]), FailureKind::AddressRefused),
        (addresses(&["1.1.1.1", "::1"]), FailureKind::AddressRefused),
        (addresses(&["2606:4700:4700::1111", "10.0.0.1"]), FailureKind::AddressRefused),
        (addresses(&["::ffff:127.0.0.1"]), FailureKind::AddressRefused),
        (addresses(&["::ffff:8.8.8.8", "8.8.8.8"]), FailureKind::AddressRefused),
        (addresses(&["64:ff9b::7f00:1"]), FailureKind::AddressRefused),
        (addresses(&["169.254.169.254"]), FailureKind::AddressRefused),
        (addresses(&["0.0.0.0"]), FailureKind::AddressRefused),
        (
            Reply::Alias("metadata.google.internal", vec![Ipv4Addr::new(169, 254, 169, 254).into()]),
            FailureKind::AddressRefused,
        ),
        (Reply::Alias("localhost", vec![HERE]), FailureKind::AddressRefused),
        (Reply::Addresses(a_thousand(HERE)), FailureKind::AddressRefused),
    ] {
        let says = reply.clone();
        let server = name_server(move |_| says.clone()).await;
        let is_slow = expected == FailureKind::DnsTimeout;
        let deadlines = if is_slow { patient().with_dns(ms(300)).unwrap() } else { patient() };
        let began = Instant::now();
        let failure = failed(send_within(&strict(server), named("hooks.example", at), deadlines).await);
        assert_eq!((failure.kind, failure.sent, failure.peer), (expected, false, None));
        assert!(began.elapsed() < Duration::from_secs(10), "{expected}");
    }
    assert_eq!(seen.connections(), 0, "not one packet reaches a refused address");
}

#[tokio::test]
async fn an_alias_without_addresses_of_its_own_is_followed_no_further_than_what_is_judged() {
    let (at, seen) = web(|_| status(200)).await;
    let server = name_server(|question| match question.name.as_str() {
        "hooks.example" => Reply::Alias("inside.example", vec![]),
        _ => Reply::Addresses(vec![HERE]),
    })
    .await;
    let failure = failed(send(&strict(server), named("hooks.example", at)).await);
    assert_eq!(failure.kind, FailureKind::AddressRefused);
    assert_eq!(seen.connections(), 0);
    let response = send(&lenient(server), named("hooks.example", at)).await.unwrap();
    assert_eq!((response.status.as_u16(), response.peer), (200, at), "where it is allowed, it leads there");
}

#[tokio::test]
async fn a_name_that_is_rebound_between_vetting_and_sending_is_judged_again() {
    let (at, seen) = web(|_| status(200)).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let server = name_server(move |question| {
        if question.ipv6 {
            return Reply::Code(NO_ERROR);
        }
        let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        Reply::Addresses(vec![if first { PUBLIC } else { HERE }])
    })
    .await;
    let client = strict(server);
    let endpoint = named("rebind.example", at);
    assert_eq!(client.vet(&endpoint).await, Vetting::Allowed);
    let failure = failed(send(&client, endpoint.clone()).await);
    assert_eq!((failure.kind, failure.sent), (FailureKind::AddressRefused, false));
    assert_eq!(client.vet(&endpoint).await, Vetting::Refused(AddressClass::Loopback));
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert_eq!(seen.connections(), 0);
}

#[tokio::test]
async fn a_name_that_changes_with_every_question_leads_to_the_address_that_was_judged() {
    // Every second answer leads to an address that nobody allowed; who asks twice is led there.
    let (at, seen) = web(|_| status(200)).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let server = name_server(move |question| {
        if question.ipv6 {
            return Reply::Code(NO_ERROR);
        }
        let even = counted.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
        Reply::Addresses(vec![if even { HERE } else { Ipv4Addr::new(10, 0, 0, 1).into() }])
    })
    .await;
    for round in 0..5 {
        // A new client each time, so that no connection is kept.
        let client = lenient(server);
        let response = send(&client, named("rebind.example", at)).await.unwrap();
        assert_eq!((response.peer, asked.load(Ordering::SeqCst)), (at, 2 * round + 1));
        let refused = failed(send(&lenient(server), named("rebind.example", at)).await);
        assert_eq!(refused.kind, FailureKind::AddressRefused);
    }
    assert_eq!(seen.connections(), 5);
}

#[tokio::test]
async fn of_a_thousand_addresses_a_few_are_tried() {
    // Nothing listens on any of them; all would take a thousand attempts.
    let (listener, at) = listener().await;
    drop(listener);
    let server = name_server(|_| {
        let here = |n: u16| IpAddr::from([127, 1, n.to_be_bytes()[0], n.to_be_bytes()[1]]);
        Reply::Addresses((1..=1000).map(here).collect())
    })
    .await;
    let failure = failed(send(&lenient(server), named("many.example", at)).await);
    assert_eq!((failure.kind, failure.sent), (FailureKind::ConnectRefused, false));
}

#[tokio::test]
async fn no_spelling_alias_answer_or_redirect_leads_to_a_refused_address() {
    let (inside, seen) = web(|_| status(200)).await;
    let port = inside.port();
    let server = name_server(|_| Reply::Addresses(vec![HERE])).await;
    let client = strict(server);
    // What a lenient judge once accepted is judged by the address again when it is used.
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "[::1]",
        "[0::1]",
        "①②⑦.⓪.⓪.①",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "hooks.example",
        "127.0.0.1.nip.example",
    ] {
        let policy = UrlPolicy::https_only(AddressPolicy::public_only().allowing_loopback()).allowing_http();
        let endpoint = policy.check(&format!("http://{host}:{port}/")).unwrap();
        let failure = failed(send(&client, endpoint).await);
        assert_eq!((failure.kind, failure.sent), (FailureKind::AddressRefused, false), "{host}");
    }
    // An allowed receiver that points inside: its answer is a response, and nobody goes there.
    let location = format!("http://127.0.0.1:{port}/");
    for code in [301, 302, 303, 307, 308] {
        let location = location.clone();
        let (at, _) = web(move |_| {
            let mut answer = status(code);
            answer.headers_mut().insert("location", location.parse().unwrap());
            answer.headers_mut().insert("refresh", format!("0; url={location}").parse().unwrap());
            answer.headers_mut().insert("alt-svc", format!("h2=\":{}\"", 1).parse().unwrap());
            answer
        })
        .await;
        assert_eq!(kind(send(&lenient(server), named("hooks.example", at)).await), Err(code));
    }
    assert_eq!(seen.connections(), 0, "not one packet reaches a refused address");
}

#[tokio::test]
async fn an_answer_is_remembered_for_as_long_as_it_is_good_and_asked_for_again_after_that() {
    for (reply, expected) in [(Reply::Lasting(60, vec![HERE]), 1), (addresses(&["127.0.0.1"]), 3)] {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        let server = name_server(move |question| {
            counter.fetch_add(usize::from(!question.ipv6), Ordering::Relaxed);
            reply.clone()
        })
        .await;
        let resolver = SystemResolver::asking(&[server]);
        for _ in 0..3 {
            assert_eq!(resolver.resolve("kept.example").await.unwrap(), [HERE]);
        }
        assert_eq!(asked.load(Ordering::Relaxed), expected);
    }
}
