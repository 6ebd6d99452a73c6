//! Not lost: the process is killed again and again while it publishes and delivers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::env;
use std::sync::{Arc, Mutex};

use hookledger_tests::api::Api;
use hookledger_tests::{Home, Received, Receiver, clock, wait};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How often the process is killed.
const KILLS: usize = 8;
/// How many publishers there are; each has one call under way.
const PUBLISHERS: usize = 8;
/// How many attempts may be under way at once, and so be repeated by a kill.
const CONCURRENCY: usize = 16;
/// The most acknowledgements and arrivals between two kills; the fewest is one.
const PROGRESS_MAX: usize = 300;
/// Set it to repeat a run.
const SEED_VARIABLE: &str = "HOOKLEDGER_TEST_SEED";

on_each_store!(nothing_acknowledged_is_lost_however_often_the_process_is_killed);

async fn nothing_acknowledged_is_lost_however_often_the_process_is_killed(home: Home) {
    let mut rng = StdRng::seed_from_u64(seed());
    let mut server = home.start().await;
    let (receiver, token) = (Receiver::start().await, server.token().to_owned());
    server.api().register(["kill.tested"]).await;
    let subscription = server.api().subscribe(subscription(&receiver)).await;
    let desk = Arc::new(Desk::at(server.api()));
    let mut publishers = JoinSet::new();
    for _ in 0..PUBLISHERS {
        publishers.spawn(publish_until_over(Arc::clone(&desk)));
    }

    for _ in 0..KILLS {
        desk.wait_for_progress(&receiver, rng.random_range(1..PROGRESS_MAX)).await;
        desk.set(Phase::Down);
        server.kill();
        server = home.restart(&token).await;
        desk.set(Phase::Open(server.api()));
    }
    desk.wait_for_progress(&receiver, PROGRESS_MAX).await;
    desk.set(Phase::Over);
    publishers.join_all().await;

    let acknowledged = desk.acknowledged();
    wait::until_true("as many arrivals as acknowledgements", async || {
        receiver.webhook_ids().len() >= acknowledged.len()
    })
    .await;
    let live = settled_deliveries(&server.api()).await;
    server.stop().await;

    let requests = receiver.requests();
    check_receipts(&requests, &acknowledged, &subscription.secret);
    check_against_ledger(&requests, &live);
    assert_eq!(rebuilt_deliveries(&home, &token).await, live, "rebuilt views equal the live ones");
}

/// Where publishers learn which server to speak to, and leave what it acknowledged.
struct Desk {
    phase: watch::Sender<Phase>,
    /// The ids that were acknowledged, by the number in the event.
    acknowledged: Mutex<BTreeMap<u64, String>>,
    next: Mutex<u64>,
}

#[derive(Clone)]
enum Phase {
    /// Publish here.
    Open(Api),
    /// The server is gone, another will come.
    Down,
    /// Enough.
    Over,
}

impl Desk {
    fn at(api: Api) -> Self {
        Self {
            phase: watch::Sender::new(Phase::Open(api)),
            acknowledged: Mutex::default(),
            next: Mutex::default(),
        }
    }

    fn set(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    fn acknowledged(&self) -> BTreeMap<u64, String> {
        self.acknowledged.lock().unwrap().clone()
    }

    fn take_number(&self) -> u64 {
        let mut next = self.next.lock().unwrap();
        *next += 1;
        *next
    }

    /// The server to publish to, once there is one; none when it is over.
    async fn api(&self) -> Option<Api> {
        let mut phase = self.phase.subscribe();
        match &*phase.wait_for(|phase| !matches!(phase, Phase::Down)).await.unwrap() {
            Phase::Open(api) => Some(api.clone()),
            Phase::Down | Phase::Over => None,
        }
    }

    /// Waits until that many more events were acknowledged or have arrived.
    async fn wait_for_progress(&self, receiver: &Receiver, steps: usize) {
        let done = || self.acknowledged.lock().unwrap().len() + receiver.count();
        let goal = done() + steps;
        wait::until_true("publishers and deliveries to go on", async || done() >= goal).await;
    }
}

/// Publishes number after number, each until it is acknowledged: a call that broke is made again with the same id.
async fn publish_until_over(desk: Arc<Desk>) {
    loop {
        let number = desk.take_number();
        let body = format!(
            r#"{{"type":"kill.tested","source":"/kill","id":"{number}","data":{{"number":{number},"score":1.10}}}}"#
        );
        loop {
            let Some(api) = desk.api().await else { return };
            match api.try_publish_body(&body).await {
                Ok(Ok(published)) => {
                    desk.acknowledged.lock().unwrap().insert(number, published[0].id.clone());
                    break;
                }
                Ok(Err(problem)) => assert!(matches!(problem.status, 429 | 503), "{problem:?}"),
                Err(_) => {} // Killed in the middle: whether it was recorded will show.
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "whoever reads of a failure wants to repeat it")]
fn seed() -> u64 {
    let given = env::var(SEED_VARIABLE).ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(clock::unix_micros);
    println!("{SEED_VARIABLE}={seed} repeats this run");
    seed
}

fn subscription(receiver: &Receiver) -> Value {
    json!({
        "endpoint": receiver.url(),
        "eventTypes": ["kill.tested"],
        "limits": { "concurrency": CONCURRENCY },
        "retryPolicy": { "backoff": { "delaysMs": [20, 50, 100, 200, 500] } },
    })
}

fn number(request: &Received) -> u64 {
    let data: Value = serde_json::from_str(request.envelope().data.get()).unwrap();
    data["number"].as_u64().unwrap()
}

/// What was acknowledged arrived, and what arrived is what was published: the same id for the same number, and one `webhook-id` for all its repeats.
fn check_receipts(requests: &[Received], acknowledged: &BTreeMap<u64, String>, secret: &str) {
    let mut webhook_ids: HashMap<u64, (String, String)> = HashMap::new();
    for request in requests {
        request.verify(secret).unwrap();
        let (number, envelope) = (number(request), request.envelope());
        assert_eq!(envelope.data.get(), format!(r#"{{"number":{number},"score":1.10}}"#));
        if let Some(id) = acknowledged.get(&number) {
            assert_eq!(&envelope.id, id, "the acknowledged id of event {number}");
        }
        let ids = (request.webhook_id().to_owned(), envelope.id);
        let first = webhook_ids.entry(number).or_insert_with(|| ids.clone());
        assert_eq!(first, &ids, "repeats of event {number} share webhook-id and event");
    }
    let lost: Vec<_> = acknowledged.keys().filter(|number| !webhook_ids.contains_key(number)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let repeats = requests.len() - webhook_ids.len();
    assert!(repeats <= KILLS * CONCURRENCY, "{repeats} repeats after {KILLS} kills");
}

/// What arrived is what the ledger holds, no more and no less.
fn check_against_ledger(requests: &[Received], deliveries: &[Value]) {
    let recorded: BTreeSet<_> =
        deliveries.iter().map(|delivery| delivery["id"].as_str().unwrap().to_owned()).collect();
    let arrived: BTreeSet<_> = requests.iter().map(|request| request.webhook_id().to_owned()).collect();
    assert_eq!(recorded, arrived);
}

/// Every delivery, once none of them waits for anything.
async fn settled_deliveries(api: &Api) -> Vec<Value> {
    let what = "the views to show every delivery as delivered";
    wait::until(what, async || {
        let waiting = api.deliveries(json!({ "states": ["WAITING", "RETRYING"] })).await;
        if waiting.is_empty() { Some(api.deliveries(json!({})).await) } else { None }
    })
    .await
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
