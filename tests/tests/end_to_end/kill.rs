//! Not lost: the process is killed again and again while it publishes and delivers.

use std::collections::BTreeSet;
use std::env;

use hookledger_tests::{Home, Received, Receiver, clock};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use super::load::{self, CONCURRENCY, Phase};

/// How often the process is killed.
const KILLS: usize = 8;
/// The most acknowledgements and arrivals between two kills; the fewest is one.
const PROGRESS_MAX: usize = 300;
/// Set it to repeat a run.
const SEED_VARIABLE: &str = "HOOKLEDGER_TEST_SEED";

on_each_store!(nothing_acknowledged_is_lost_however_often_the_process_is_killed);

async fn nothing_acknowledged_is_lost_however_often_the_process_is_killed(home: Home) {
    let mut rng = StdRng::seed_from_u64(seed());
    let mut server = home.start().await;
    let (receiver, token) = (Receiver::start().await, server.token().to_owned());
    let subscription = load::subscribe(&server.api(), &receiver).await;
    let (desk, publishers) = load::staffed(server.api());

    for _ in 0..KILLS {
        desk.wait_for_progress(&receiver, rng.random_range(1..PROGRESS_MAX)).await;
        desk.set(Phase::Down);
        server.kill();
        server = home.restart(&token).await;
        desk.set(Phase::Open(server.api()));
    }
    desk.wait_for_progress(&receiver, PROGRESS_MAX).await;
    desk.close(publishers, [&receiver]).await;
    let live = load::settled_deliveries(&server.api()).await;
    server.stop().await;

    let requests = receiver.requests();
    let repeats = load::check_receipts(&requests, &desk.acknowledged(), &subscription.secret);
    assert!(repeats <= KILLS * CONCURRENCY, "{repeats} repeats after {KILLS} kills");
    check_against_ledger(&requests, &live);
    assert_eq!(rebuilt_deliveries(&home, &token).await, live, "rebuilt views equal the live ones");
}

#[expect(clippy::print_stdout, reason = "whoever reads of a failure wants to repeat it")]
fn seed() -> u64 {
    let given = env::var(SEED_VARIABLE).ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(clock::unix_micros);
    println!("{SEED_VARIABLE}={seed} repeats this run");
    seed
}

/// What arrived is what the ledger holds, no more and no less.
fn check_against_ledger(requests: &[Received], deliveries: &[Value]) {
    let recorded: BTreeSet<_> =
        deliveries.iter().map(|delivery| delivery["id"].as_str().unwrap().to_owned()).collect();
    let arrived: BTreeSet<_> = requests.iter().map(|request| request.webhook_id().to_owned()).collect();
    assert_eq!(recorded, arrived);
}

/// Every delivery as views say that were made again from the ledger alone.
async fn rebuilt_deliveries(home: &Home, token: &str) -> Vec<Value> {
    let rebuilt = home.command(&["rebuild"]).output().unwrap();
    assert!(rebuilt.status.success(), "{}", String::from_utf8_lossy(&rebuilt.stderr));
    let server = home.restart(token).await;
    let deliveries = server.api().deliveries(json!({})).await;
    server.stop().await;
    deliveries
}
