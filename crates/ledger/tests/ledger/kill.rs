//! A process that is killed while it appends loses nothing that it was told is recorded, and leaves nothing half.
//!
//! The test starts itself again as a child that appends and reports each acknowledgement on a line; the parent kills it
//! after some number of lines, opens what is left, and compares.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use crate::samples::{batch, event, record};
use domain::{Position, Sequence};
use hookledger_ledger::sqlite::{Options, SqliteLedger};
use hookledger_ledger::{Filter, Ledger};
use tempfile::TempDir;

/// Where the child appends; its presence makes a child of this test.
const FOLDER: &str = "HOOKLEDGER_TEST_KILL_FOLDER";
/// Which child it is, so that each writes streams of its own.
const ROUND: &str = "HOOKLEDGER_TEST_KILL_ROUND";
const ROUNDS: u128 = 25;
/// Callers that append at the same time in each child.
const CALLERS: u128 = 16;
/// Records of one batch: the first and second of one stream, and the first of another.
const BATCH: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill_and_nothing_is_half_there() {
    if let Ok(folder) = std::env::var(FOLDER) {
        append_for_ever(Path::new(&folder)).await;
    }
    let folder = TempDir::new().unwrap();
    let mut acknowledged = BTreeMap::new();
    for round in 0..ROUNDS {
        let (mut child, mut lines) = start(folder.path(), round);
        // From right after the first acknowledgement to well into a run, in no regular steps.
        for _ in 0..=round * round * 7 % 500 {
            let (n, position) = acknowledgement(&lines.next().expect("the child appends").unwrap());
            assert_eq!(acknowledged.insert(position, n), None, "position {position} was given away twice");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before it died counts, too; its last line may be cut short.
        let last_words = lines.map_while(Result::ok).filter(|line| line.ends_with('.'));
        acknowledged.extend(last_words.map(|line| acknowledgement(&line)).map(|(n, position)| (position, n)));
        verify(folder.path(), &acknowledged).await;
    }
}

fn start(folder: &Path, round: u128) -> (Child, Lines<BufReader<ChildStdout>>) {
    let test = "kill::what_was_acknowledged_survives_a_kill_and_nothing_is_half_there";
    let mut child = Command::new(std::env::current_exe().expect("a test has a file"))
        .args([test, "--exact", "--nocapture", "--quiet"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the test starts itself");
    let stdout = child.stdout.take().expect("it is piped");
    let mut lines = BufReader::new(stdout).lines();
    // The test runner speaks first.
    while !lines.next().expect("the child starts").expect("it writes text").ends_with("appending") {}
    (child, lines)
}

/// A line `ack <stream> <position>.`
fn acknowledgement(line: &str) -> (u128, u64) {
    let mut words = line.trim_end_matches('.').rsplit(' ').map(|word| word.parse().expect("a number"));
    let mut number = || words.next().expect("two numbers");
    let (position, n) = (number(), number());
    (n, u64::try_from(position).expect("a position"))
}

async fn append_for_ever(folder: &Path) {
    let round: u128 = std::env::var(ROUND).expect("a child knows its round").parse().expect("a number");
    let ledger = Arc::new(SqliteLedger::open(folder, Options::default()).expect("it opens"));
    say("appending".into());
    let callers = (0..CALLERS).map(|caller| {
        let ledger = ledger.clone();
        tokio::spawn(async move {
            for n in (caller..).step_by(usize::try_from(CALLERS).expect("a small number")) {
                let n = (round << 64) + 2 * n;
                let records = [record(event(n), 1), record(event(n), 2), record(event(n + 1), 1)];
                let verdict = ledger.append_one(batch(records)).await.expect("the ledger is well");
                say(format!("ack {n} {}.", verdict.expect("nobody else writes there").first));
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("a caller does not panic");
    }
}

/// A whole line at once, so that lines of several threads do not mix.
fn say(mut line: String) {
    line.push('\n');
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()).expect("the parent listens");
}

async fn verify(folder: &Path, acknowledged: &BTreeMap<u64, u128>) {
    let ledger =
        SqliteLedger::open(folder, Options::default()).expect("a killed process leaves a sound file");
    let mut records = Vec::new();
    while records.len() as u64 != ledger.head().0 {
        let after = Position(records.len() as u64);
        records
            .extend(ledger.read_all(after, usize::MAX, Filter::All).await.expect("it can be read").records);
    }
    for (record, position) in records.iter().zip(1..) {
        assert_eq!(record.position, Position(position), "positions have no gaps");
    }
    assert_eq!(records.len() % BATCH, 0, "batches are there whole");
    for one in records.chunks(BATCH) {
        let n = one[0].stream.uuid.as_u128();
        let expected = [(event(n), Sequence(1)), (event(n), Sequence(2)), (event(n + 1), Sequence(1))];
        assert!(
            one.iter().map(|record| (record.stream, record.sequence)).eq(expected),
            "batches are in one piece"
        );
    }
    for (position, n) in acknowledged {
        let index = usize::try_from(position - 1).expect("a small number");
        let found = records.get(index).map(|record| record.stream);
        assert_eq!(found, Some(event(*n)), "position {position} was acknowledged");
    }
    ledger.close().await;
}
