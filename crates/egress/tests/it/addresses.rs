//! Nothing is sent to an address that is not allowed, however one gets there.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use hookledger_egress::{
    AddressClass, AddressPolicy, Answer, Client, FailureKind, FixedResolver, ResolveError, UrlPolicy, Vetting,
};
use tokio::net::TcpListener;

use crate::support::*;

const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(1, 1, 1, 1));
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A client as in production, but for its resolver.
fn strict(resolver: FixedResolver) -> Client {
    Client::builder().resolver(Arc::new(resolver)).build().unwrap()
}

fn addresses(text: &[&str]) -> Answer {
    Answer::Addresses(text.iter().map(|address| address.parse().unwrap()).collect())
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_and_nothing_is_sent() {
    let (at, seen) = web(|_| status(200)).await;
    for (answer, class) in [
        (addresses(&["127.0.0.1"]), "loopback"),
        (addresses(&["::1"]), "loopback"),
        (addresses(&["::ffff:127.0.0.1"]), "transitional"),
        (addresses(&["0.0.0.0"]), "unspecified"),
        (addresses(&["169.254.169.254"]), "link_local"),
        (addresses(&["10.0.0.1"]), "private"),
        (addresses(&["64:ff9b::7f00:1"]), "transitional"),
        (addresses(&["1.1.1.1", "127.0.0.1"]), "loopback"),
        (addresses(&["127.0.0.1", "1.1.1.1"]), "loopback"),
        (addresses(&["2606:4700:4700::1111", "fd00::1"]), "private"),
    ] {
        let client = strict(FixedResolver::new().answering(HOST, answer));
        let failure = failed(send(&client, http_at(at)).await);
        assert_eq!((failure.kind, failure.sent, failure.peer), (FailureKind::AddressRefused, false, None));
        assert_eq!(failure.to_string(), format!("address_refused: the host has a {class} address"));
    }
    assert_eq!(seen.connections(), 0);
}

#[tokio::test]
async fn an_address_that_was_allowed_when_saved_is_judged_again_when_used() {
    let (at, seen) = web(|_| status(200)).await;
    let client = strict(FixedResolver::new());
    for host in ["127.0.0.1", "localhost"] {
        let endpoint = endpoint(&format!("http://{host}:{}/", at.port()));
        let resolver = FixedResolver::new().with("localhost", HERE);
        let failure = failed(send(&strict(resolver), endpoint).await);
        assert_eq!(failure.kind, FailureKind::AddressRefused);
    }
    assert_eq!(client.vet(&endpoint("http://127.0.0.1/")).await, Vetting::Refused(AddressClass::Loopback));
    assert_eq!(seen.connections(), 0);
}

#[tokio::test]
async fn a_name_that_moves_inside_after_it_was_vetted_is_refused() {
    let (at, seen) = web(|_| status(200)).await;
    let resolver = FixedResolver::new().with(HOST, PUBLIC).with(HOST, HERE);
    let client = strict(resolver);
    let endpoint = http_at(at);
    assert_eq!(client.vet(&endpoint).await, Vetting::Allowed);
    let failure = failed(send(&client, endpoint).await);
    assert_eq!((failure.kind, failure.sent), (FailureKind::AddressRefused, false));
    assert_eq!(seen.connections(), 0);
}

#[tokio::test]
async fn the_address_that_was_judged_is_the_one_that_is_used() {
    // The second answer would be refused; it is never asked for.
    let (at, _) = web(|_| status(200)).await;
    let resolver = FixedResolver::new().with(HOST, HERE).with(HOST, Ipv4Addr::new(10, 0, 0, 1));
    let client = builder().resolver(Arc::new(resolver)).build().unwrap();
    let response = send(&client, http_at(at)).await.unwrap();
    assert_eq!(response.peer, at);
}

#[tokio::test]
async fn vetting_tells_allowed_refused_and_unknown_apart() {
    for (answer, expected) in [
        (addresses(&["1.1.1.1"]), Vetting::Allowed),
        (addresses(&["1.1.1.1", "192.168.0.1"]), Vetting::Refused(AddressClass::Private)),
        (Answer::Error(ResolveError::NotFound), Vetting::Unresolved(FailureKind::DnsNotFound)),
        (Answer::Error(ResolveError::Failed), Vetting::Unresolved(FailureKind::DnsFailed)),
    ] {
        let client = strict(FixedResolver::new().answering(HOST, answer));
        assert_eq!(client.vet(&endpoint("https://hooks.test/")).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn vetting_does_not_wait_forever_for_name_servers() {
    let client = strict(FixedResolver::new().answering(HOST, Answer::Silence));
    let vetting = client.vet(&endpoint("https://hooks.test/")).await;
    assert_eq!(vetting, Vetting::Unresolved(FailureKind::DnsTimeout));
}

#[tokio::test]
async fn an_operators_allow_list_opens_what_it_names() {
    let (at, _) = web(|_| status(200)).await;
    let policy = AddressPolicy::public_only().allowing(["127.0.0.0/8".parse().unwrap()]);
    let resolver = FixedResolver::new().with("hooks.internal", HERE);
    let client = Client::builder().addresses(policy.clone()).resolver(Arc::new(resolver)).build().unwrap();
    let endpoint = UrlPolicy::https_only(policy)
        .allowing_http()
        .check(&format!("http://hooks.internal:{}/", at.port()))
        .unwrap();
    assert_eq!(send(&client, endpoint).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_dead_first_address_leaves_time_for_the_second() {
    let second = TcpListener::bind(("127.0.0.2", 0)).await.unwrap();
    let at = second.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = second.accept().await.unwrap();
        serve(stream, Seen::default(), |_| status(200)).await;
    });
    let resolver = FixedResolver::new().answering(HOST, addresses(&["127.0.0.1", "127.0.0.2"]));
    let client = builder().resolver(Arc::new(resolver)).build().unwrap();
    let response = send(&client, http_at(at)).await.unwrap();
    assert_eq!((response.status.as_u16(), response.peer), (200, at));
}
