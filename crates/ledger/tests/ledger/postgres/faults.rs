//! Connections that break, servers that crash, payloads that are refused: nothing is lost, doubled or guessed.

use std::sync::Arc;
use std::time::Duration;

use domain::{Position, Sequence};
use hookledger_ledger::postgres::{Options, PostgresLedger};
use hookledger_ledger::{Appended, Filter, Ledger, LedgerError, Tail};
use sqlx::Executor;
use test_postgres::Version;

use super::place::Place;
use super::proxy::{Cut, MARK, Proxy};
use crate::samples::{batch, event, record, with_payload};

/// Nobody polls: what is seen was heard of.
fn by_ear() -> Options {
    Options { poll: Duration::from_hours(1), ..Options::default() }
}

async fn append(ledger: &dyn Ledger, n: u128) -> Result<Appended, LedgerError> {
    let verdict = ledger.append_one(batch([record(event(n), 1), record(event(n), 2)])).await?;
    Ok(verdict.expect("nobody else writes there"))
}

async fn streams(ledger: &dyn Ledger) -> Vec<u128> {
    let page = ledger.read_all(Position::START, usize::MAX, Filter::All).await.expect("the store is well");
    page.records.iter().map(|record| record.stream.uuid.as_u128()).collect()
}

/// An append whose connection is cut on the way.
async fn appended_over(cut: Cut) -> Option<(Appended, Vec<u128>)> {
    let place =
        Place::with(Version::Eighteen, Options { patience: Duration::from_hours(1), ..by_ear() }).await?;
    let socket = place.database.options().get_socket().expect("it is a socket").clone();
    let proxy = Proxy::to(socket, cut);
    let ledger = place.node_at(proxy.address(&place.database.options())).await;
    append(&*ledger, 1).await.expect("nothing is cut yet");
    let marked = with_payload(event(2), 1, &format!("\"{MARK}\""));
    let verdict = ledger.append_one(batch([marked])).await.expect("it is found out in time");
    assert!(proxy.has_cut());
    assert!(ledger.failure().is_none());
    append(&*ledger, 3).await.expect("it goes on");
    let seen = streams(&*ledger).await;
    assert_eq!(streams(&*place.node().await).await, seen, "memory and database agree");
    Some((verdict.expect("nobody else writes there"), seen))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_was_lost_is_found_by_its_ids() {
    let Some((appended, seen)) = appended_over(Cut::Answer).await else { return };
    assert!(!appended.already, "it was found, and was its own");
    assert_eq!((appended.first, appended.last), (Position(3), Position(3)));
    assert_eq!(seen, [1, 1, 2, 3, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_never_got_to_the_server_is_made_again() {
    let Some((appended, seen)) = appended_over(Cut::Request).await else { return };
    assert!(!appended.already);
    assert_eq!(seen, [1, 1, 2, 3, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_server_is_gone_without_a_word_is_made_again_before_its_time_is_over() {
    let Some((appended, seen)) = appended_over(Cut::Silence).await else { return };
    assert!(!appended.already);
    assert_eq!(seen, [1, 1, 2, 3, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_that_is_ended_while_it_waits_for_its_turn_writes_nothing_later() {
    let Some(place) = Place::with(Version::Eighteen, by_ear()).await else { return };
    let (ledger, mut other) = (place.node().await, place.connect().await);
    other.execute("BEGIN; SELECT pg_advisory_xact_lock(1212894279)").await.unwrap();
    let waiting = {
        let ledger = ledger.clone();
        tokio::spawn(async move { append(&*ledger, 1).await })
    };
    place.wait_for("wait_event = 'advisory'").await;
    assert_eq!(place.end_backends("wait_event = 'advisory'").await, 1);
    // Its successor waits in turn, and then finds nothing of it.
    place.wait_for("wait_event = 'advisory'").await;
    other.execute("COMMIT").await.unwrap();
    let appended = waiting.await.unwrap().unwrap();
    assert!(!appended.already);
    assert_eq!(streams(&*ledger).await, [1, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_every_connection_is_cut_goes_on_by_itself() {
    let Some(place) = Place::with(Version::Eighteen, by_ear()).await else { return };
    let ledger = place.node().await;
    append(&*ledger, 1).await.unwrap();
    assert!(ledger.read_stream(event(1), Sequence::NONE, 9).await.unwrap().len() == 2);
    place.wait_for("query LIKE 'LISTEN%'").await;
    assert!(place.end_backends("application_name = 'hookledger'").await >= 3, "writer, reader, listener");
    assert_eq!(append(&*ledger, 2).await.unwrap().first, Position(3));
    assert!(ledger.read_stream(event(2), Sequence::NONE, 9).await.unwrap().len() == 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_whose_backend_was_ended_listens_again_and_misses_nothing() {
    let Some(place) = Place::with(Version::Eighteen, by_ear()).await else { return };
    let (writing, following) = (place.node().await, place.node().await);
    let mut tail = Tail::new(following, Position::START, Filter::All);
    for n in 0..5 {
        place.wait_for("query LIKE 'LISTEN%'").await;
        place.end_backends("query LIKE 'LISTEN%'").await;
        append(&*writing, n).await.unwrap();
        let page = tail.next_page().await.unwrap();
        assert_eq!(page.records.last().unwrap().stream, event(n));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_that_the_database_refuses_does_not_harm_its_neighbours() {
    let Some(place) = Place::newest().await else { return };
    let (ledger, mut other) = (place.node().await, place.connect().await);
    other.execute("BEGIN; SELECT pg_advisory_xact_lock(1212894279)").await.unwrap();
    let spawn = |n: u128, payload: &'static str| {
        let ledger = ledger.clone();
        tokio::spawn(async move { ledger.append_one(batch([with_payload(event(n), 1, payload)])).await })
    };
    let first = spawn(0, "{}");
    place.wait_for("wait_event = 'advisory'").await;
    // These come in one group, since the writer is busy.
    let (good, bad, better) = (spawn(1, "{}"), spawn(2, "no JSON"), spawn(3, "{}"));
    while ledger.load().queued_bytes < 4 << 10 {
        tokio::task::yield_now().await;
    }
    other.execute("COMMIT").await.unwrap();
    for fine in [first, good, better] {
        assert!(fine.await.unwrap().unwrap().is_ok());
    }
    assert!(matches!(bad.await.unwrap(), Err(LedgerError::Unavailable(_))));
    assert_eq!(streams(&*ledger).await.len(), 3);
}

/// Appends until it is told that it is done; what is in doubt or unavailable is appended again, under the same ids.
async fn insist(ledger: &PostgresLedger, n: u128) -> Position {
    loop {
        match append(ledger, n).await {
            Ok(appended) => return appended.first,
            Err(LedgerError::Unavailable(_) | LedgerError::InDoubt(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_under_load_loses_nothing_that_was_acknowledged() {
    const CALLERS: u128 = 8;
    const CRASHES: usize = 3;
    let Some(server) = Version::Eighteen.server_of_its_own(&[]) else { return };
    let place = Place::on(&server, by_ear()).await;
    let ledger = place.node().await;
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (ledger, stop) = (ledger.clone(), stop.clone());
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    let n = caller + CALLERS * acknowledged.len() as u128;
                    acknowledged.push((insist(&ledger, n).await, n));
                }
                acknowledged
            })
        })
        .collect();
    for crash in 1..=CRASHES {
        let before = ledger.head();
        server.crash().await;
        let mut head = ledger.watch();
        head.wait_for(|head| head.0 > before.0 + 100).await.unwrap_or_else(|_| panic!("crash {crash}"));
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for caller in callers {
        acknowledged.extend(caller.await.unwrap());
    }
    let fresh = place.node().await;
    for (position, n) in &acknowledged {
        let found = fresh.read_one(*position).await.unwrap().map(|record| (record.stream, record.sequence));
        assert_eq!(found, Some((event(*n), Sequence(1))), "{position} was acknowledged");
    }
    let (mut tail, mut seen) = (Tail::new(fresh.clone(), Position::START, Filter::All), 0);
    while tail.after() < fresh.head() {
        seen += tail.next_page().await.unwrap().records.len();
    }
    assert_eq!(seen, acknowledged.len() * 2, "nothing is there twice, and nothing that nobody was told of");
}
