//! How long a large history takes; by hand.

use std::io::Write as _;
use std::time::{Duration, Instant};

use hookledger_ledger::Ledger;
use hookledger_ledger::copy::{Progress, Step, whole};
use hookledger_ledger::postgres::Options;
use sqlx::{Executor, Row};
use test_postgres::Version;

use super::support::{File, target};
use crate::postgres::place::Place;
use crate::samples::{batch, event, with_payload};

const RECORDS: u128 = 1_000_000;
const BATCH: u128 = 1_000;

/// About what a record of an event is: 600 bytes.
fn payload(n: u128) -> String {
    let text = "x".repeat(480);
    format!(
        r#"{{"type":"benchmark.completed","subject":"run-{n:020}","data":{{"score":{n}.5,"tags":["a","b"],"text":"{text}"}}}}"#
    )
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("somebody reads it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures for minutes: cargo nextest run --cargo-profile profiling -p hookledger-ledger --run-ignored only --no-capture million"]
async fn a_million_records() {
    let file = File::of([]).await;
    let ledger = file.ledger();
    for first in (0..RECORDS).step_by(usize::try_from(BATCH).expect("a small number")) {
        // Ids begin with the time, so streams come in the order of their ids.
        let records = (first..first + BATCH).map(|n| with_payload(event(n << 40), 1, &payload(n)));
        ledger.append_one(batch(records)).await.unwrap().unwrap();
    }
    ledger.close().await;
    for version in Version::ALL {
        let Some(server) =
            version.server_of_its_own(&["fsync=on", "max_wal_size=1GB", "shared_buffers=256MB"])
        else {
            continue;
        };
        let place = Place::on(&server, Options::default()).await;
        let mut ends = [Instant::now(); 4];
        let note = |progress: Progress| match progress.step {
            Step::Copying => ends[1] = Instant::now(),
            Step::Comparing => ends[2] = Instant::now(),
        };
        let report = whole(file.alone().unwrap(), target(&place).await, note).await.unwrap();
        ends[3] = Instant::now();
        assert!(report.is_same());
        let [copied, compared, counted] = [1, 2, 3].map(|end| ends[end].duration_since(ends[end - 1]));
        let size = "SELECT pg_total_relation_size('hookledger.records') / count(*) FROM hookledger.records";
        let bytes: i64 = place.connect().await.fetch_one(size).await.unwrap().get(0);
        let rate = |took: Duration| RECORDS * 1_000 / took.as_millis();
        say(&format!(
            "PostgreSQL {}: copied {} records/s ({copied:?}), compared {} records/s ({compared:?}), counted in {counted:?}, \
             {bytes} bytes a record",
            version.major(),
            rate(copied),
            rate(compared),
        ));
    }
}
