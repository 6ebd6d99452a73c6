//! Publishers that never give up, and what must hold of what arrived: used by whoever hurts a server under load.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use hookledger_tests::api::{Api, Subscription};
use hookledger_tests::{Received, Receiver, wait};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What publishers publish.
pub(crate) const TYPE: &str = "load.tested";
/// How many publishers there are; each has one call under way.
const PUBLISHERS: usize = 8;
/// How many attempts may be under way at once, and so be repeated by one blow.
pub(crate) const CONCURRENCY: usize = 16;

/// Where publishers learn which server to speak to, and leave what it acknowledged.
pub(crate) struct Desk {
    phase: watch::Sender<Phase>,
    /// The ids that were acknowledged, by the number in the event.
    acknowledged: Mutex<BTreeMap<u64, String>>,
    next: Mutex<u64>,
    /// How often a publisher was told to come again.
    turned_away: Mutex<usize>,
}

#[derive(Clone)]
pub(crate) enum Phase {
    /// Publish here.
    Open(Api),
    /// The server is gone, another will come.
    Down,
    /// Enough.
    Over,
}

/// A desk with publishers at it.
pub(crate) fn staffed(api: Api) -> (Arc<Desk>, JoinSet<()>) {
    let desk = Arc::new(Desk {
        phase: watch::Sender::new(Phase::Open(api)),
        acknowledged: Mutex::default(),
        next: Mutex::default(),
        turned_away: Mutex::default(),
    });
    let mut publishers = JoinSet::new();
    for _ in 0..PUBLISHERS {
        publishers.spawn(publish_until_over(Arc::clone(&desk)));
    }
    (desk, publishers)
}

impl Desk {
    pub(crate) fn set(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    pub(crate) fn acknowledged(&self) -> BTreeMap<u64, String> {
        self.acknowledged.lock().unwrap().clone()
    }

    /// How many events were acknowledged.
    pub(crate) fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// How often a publisher was told to come again.
    pub(crate) fn turned_away(&self) -> usize {
        *self.turned_away.lock().unwrap()
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
    pub(crate) async fn wait_for_progress(&self, receiver: &Receiver, steps: usize) {
        let done = || self.count() + receiver.count();
        let goal = done() + steps;
        wait::until_true("publishers and deliveries to go on", async || done() >= goal).await;
    }

    /// Ends publishing, and waits until each of the receivers got all that was acknowledged, event by event: one that
    /// came without an acknowledgement must not stand in for one that is still under way. As long as they keep coming
    /// it waits, however many there are; and each is read once, since receivers share their thread with whoever waits.
    pub(crate) async fn close(
        &self,
        publishers: JoinSet<()>,
        receivers: impl IntoIterator<Item = &Receiver>,
    ) {
        self.set(Phase::Over);
        publishers.join_all().await;
        for receiver in receivers {
            let mut missing: BTreeSet<_> = self.acknowledged().into_keys().collect();
            let (acknowledged, mut read) = (missing.len(), 0);
            while !missing.is_empty() {
                let before = missing.len();
                let goes_on = wait::comes_true_within(wait::PATIENCE, async || {
                    for request in receiver.requests_after(read) {
                        missing.remove(&number(&request));
                        read += 1;
                    }
                    missing.len() < before
                });
                let goes_on = goes_on.await;
                assert!(goes_on, "{acknowledged} acknowledged, {read} requests came, without {missing:?}");
            }
        }
    }
}

/// Publishes number after number, each until it is acknowledged: a call that broke is made again with the same id.
async fn publish_until_over(desk: Arc<Desk>) {
    loop {
        let number = desk.take_number();
        let body = format!(
            r#"{{"type":"{TYPE}","source":"/load","id":"{number}","data":{{"number":{number},"score":1.10}}}}"#
        );
        loop {
            let Some(api) = desk.api().await else { return };
            match api.try_publish_body(&body).await {
                Ok(Ok(published)) => {
                    desk.acknowledged.lock().unwrap().insert(number, published[0].id.clone());
                    break;
                }
                Ok(Err(problem)) => {
                    assert!(matches!(problem.status, 429 | 503), "{problem:?}");
                    *desk.turned_away.lock().unwrap() += 1;
                }
                Err(_) => {} // Killed in the middle: whether it was recorded will show.
            }
            tokio::task::yield_now().await;
        }
    }
}

/// Has `receiver` get what is published, with quick retries.
pub(crate) async fn subscribe(api: &Api, receiver: &Receiver) -> Subscription {
    api.register([TYPE]).await;
    api.subscribe(json!({
        "endpoint": receiver.url(),
        "eventTypes": [TYPE],
        "limits": { "concurrency": CONCURRENCY },
        "retryPolicy": { "backoff": { "delaysMs": [20, 50, 100, 200, 500] } },
    }))
    .await
}

fn number(request: &Received) -> u64 {
    let data: Value = serde_json::from_str(request.envelope().data.get()).unwrap();
    data["number"].as_u64().unwrap()
}

/// What was acknowledged arrived, and what arrived is what was published: the same id for the same number, and one
/// `webhook-id` for all its repeats. Says how many repeats there were.
pub(crate) fn check_receipts(
    requests: &[Received],
    acknowledged: &BTreeMap<u64, String>,
    secret: &str,
) -> usize {
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
    assert!(lost.is_empty(), "{} acknowledged, of which lost: {lost:?}", acknowledged.len());
    requests.len() - webhook_ids.len()
}

/// What came more than once was under way, or its outcome was, when one of the blows fell: it had come shortly before. So it
/// came once more for a blow, and no more.
pub(crate) fn check_repeats(requests: &[Received], blows: &[u64]) {
    /// Microseconds that an outcome may take into the ledger.
    const RECORDED_WITHIN: u64 = 3_000_000;
    /// Microseconds that the receiver may take to read what was on the wire.
    const READ_WITHIN: u64 = 500_000;
    let mut by_id: HashMap<&str, Vec<u64>> = HashMap::new();
    for request in requests {
        by_id.entry(request.webhook_id()).or_default().push(request.at_micros);
    }
    for (id, times) in by_id {
        assert!(times.len() <= 1 + blows.len(), "{id} came {} times", times.len());
        for repeat in times.windows(2) {
            let excused =
                blows.iter().any(|blow| (*blow - RECORDED_WITHIN..=*blow + READ_WITHIN).contains(&repeat[0]));
            assert!(excused, "{id} came at {repeat:?}, blows fell at {blows:?}");
        }
    }
}

/// Every delivery, once none of them waits for anything.
pub(crate) async fn settled_deliveries(api: &Api) -> Vec<Value> {
    let what = "the views to show every delivery as delivered";
    wait::until(what, async || {
        let waiting = api.deliveries(json!({ "states": ["WAITING", "RETRYING"] })).await;
        if waiting.is_empty() { Some(api.deliveries(json!({})).await) } else { None }
    })
    .await
}
