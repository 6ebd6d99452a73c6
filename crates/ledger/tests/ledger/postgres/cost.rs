//! What appending costs: round trips, always; and throughput beside `SQLite`, by hand.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookledger_ledger::postgres::Options;
use hookledger_ledger::sqlite::{self, SqliteLedger};
use hookledger_ledger::{Ledger, NewRecord};
use sqlx::{Executor, Row};
use tempfile::TempDir;
use test_postgres::Version;

use super::place::Place;
use super::proxy::{Cut, Proxy};
use crate::samples::{batch, event, record, with_payload};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_costs_one_round_trip_and_one_statement_whatever_is_in_it() {
    const GROUPS: u128 = 50;
    /// What starting may still cost while groups are counted: the listener says that it listens, and one look follows.
    const START: u64 = 5;
    let options = Options { poll: Duration::from_hours(1), ..Options::default() };
    let Some(place) = Place::with(Version::Eighteen, options).await else { return };
    let direct = place.database.options();
    let proxy = Proxy::to(direct.get_socket().expect("it is a socket").clone(), Cut::Nowhere);
    let ledger = place.node_at(proxy.address(&direct)).await;
    // Prepares the statement.
    ledger.append_one(batch([record(event(0), 1)])).await.unwrap().unwrap();
    place.wait_for("query LIKE 'LISTEN%'").await;
    let before = proxy.answers();
    for n in 1..=GROUPS {
        // New streams, and one that goes on.
        let records = (1..=9)
            .map(|i| record(event(n * 100 + i), 1))
            .chain([record(event(0), u64::try_from(n).unwrap() + 1)]);
        ledger.append(records.map(|record| batch([record])).collect()).await.unwrap();
    }
    let (answers, groups) = (proxy.answers() - before, u64::try_from(GROUPS).unwrap());
    assert!((groups..=groups + START).contains(&answers), "{answers} round trips for {groups} groups");
}

/// About what an event is.
const PAYLOAD_BYTES: usize = 600;
const MEASURED: Duration = Duration::from_secs(5);

fn one(n: u128) -> NewRecord {
    with_payload(event(n), 1, &format!("\"{}\"", "x".repeat(PAYLOAD_BYTES - 2)))
}

/// Records a second that so many callers append, one by one, each waiting for its acknowledgement; and how long the
/// slowest hundredth took.
async fn throughput(ledger: &Arc<dyn Ledger>, callers: u128, first: u128) -> (u128, Duration) {
    let started = Instant::now();
    let append = |caller| {
        let ledger = ledger.clone();
        tokio::spawn(async move {
            let mut took = Vec::new();
            for n in (caller..).step_by(usize::try_from(callers).expect("a small number")) {
                let asked = Instant::now();
                ledger
                    .append_one(batch([one(first + n)]))
                    .await
                    .expect("the store is well")
                    .expect("it is new");
                took.push(asked.elapsed());
                if started.elapsed() > MEASURED {
                    return took;
                }
            }
            took
        })
    };
    let mut took = Vec::new();
    for caller in (0..callers).map(append).collect::<Vec<_>>() {
        took.extend(caller.await.expect("a caller does not panic"));
    }
    took.sort_unstable();
    let rate = took.len() as u128 * 1_000 / started.elapsed().as_millis();
    (rate, took[took.len() * 99 / 100])
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("somebody reads it");
}

async fn report(name: &str, ledger: Arc<dyn Ledger>) {
    for (run, callers) in [1, 64, 512].into_iter().enumerate() {
        let (rate, slow) = throughput(&ledger, callers, (run as u128 + 1) << 64).await;
        say(&format!("{name}: {callers} callers, {rate} records/s, p99 {slow:?}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures for a minute: cargo nextest run --release -p hookledger-ledger --run-ignored only --no-capture cost"]
async fn appends_one_by_one_beside_sqlite() {
    let folder = TempDir::new().unwrap();
    report("SQLite", Arc::new(SqliteLedger::open(folder.path(), sqlite::Options::default()).unwrap())).await;
    for version in Version::ALL {
        // Tests do without fsync; who measures does not.
        let settings = ["fsync=on", "max_wal_size=4GB", "shared_buffers=256MB"];
        let Some(server) = version.server_of_its_own(&settings) else { continue };
        let place = Place::on(&server, Options::default()).await;
        let name = format!("PostgreSQL {}", version.major());
        report(&name, place.node().await).await;
        let sizes = "SELECT pg_total_relation_size('hookledger.records') / count(*) FROM hookledger.records";
        let bytes = place.connect().await.fetch_one(sizes).await.unwrap().get::<i64, _>(0);
        say(&format!("{name}: {bytes} bytes a record, indexes included"));
    }
}
