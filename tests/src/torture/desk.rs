//! What publishers do, and what they write down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::api::{Api, Published};
use crate::{Receiver, clock};

/// How many publishers there are; each has one call under way.
const PUBLISHERS: usize = 8;
/// Events that may be acknowledged and not have been taken by each receiver that publishers heed; they wait beyond, so that a
/// run ends.
const BACKLOG_MAX: usize = 400;
/// How long a publisher waits before it looks again.
const PAUSE: Duration = Duration::from_millis(5);
/// The type of most events, and of those that one receiver never takes.
pub const TYPES: [&str; 2] = ["torture.made", "torture.doomed"];
/// Every so many events are of the second type.
const DOOMED_EVERY: u64 = 9;

/// An event that was acknowledged.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    /// What the answer said.
    pub published: Published,
    /// When the call began, in microseconds since the Unix epoch.
    pub asked_at: u64,
    /// When the answer was there.
    pub answered_at: u64,
}

/// What publishers wrote down.
#[derive(Debug, Default, Clone)]
pub struct Log {
    /// By the number of the event.
    pub acknowledged: BTreeMap<u64, Acknowledged>,
    /// Calls that were answered "later", with `Retry-After`.
    pub put_off: u64,
    /// Answers that must not be.
    pub wrong: Vec<String>,
    next: u64,
    /// How many of those that were acknowledged are of the first type.
    made: usize,
}

/// Where publishers learn which server to speak to, and leave what it acknowledged.
pub struct Desk {
    phase: watch::Sender<Phase>,
    log: Mutex<Log>,
    heeded: Vec<Arc<Receiver>>,
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

#[derive(Deserialize)]
struct Answer {
    events: Vec<Published>,
}

/// The data of the event with this number, always the same: the sizes differ, from nothing to some pages.
pub fn data(number: u64) -> String {
    let pad = "x".repeat(usize::try_from(number * 7_919 % 4_096).expect("a page is small"));
    format!(r#"{{"number":{number},"score":1.10,"pad":"{pad}"}}"#)
}

/// The type of the event with this number.
pub const fn event_type(number: u64) -> &'static str {
    if number.is_multiple_of(DOOMED_EVERY) { TYPES[1] } else { TYPES[0] }
}

impl Desk {
    /// A closed desk with its publishers waiting. They go at the pace of the slowest of the `heeded` receivers, which take
    /// events of the first type and no others.
    pub fn staffed(heeded: Vec<Arc<Receiver>>) -> (Arc<Self>, JoinSet<()>) {
        let desk = Arc::new(Self { phase: watch::Sender::new(Phase::Down), log: Mutex::default(), heeded });
        let mut publishers = JoinSet::new();
        for _ in 0..PUBLISHERS {
            publishers.spawn(publish_until_over(Arc::clone(&desk)));
        }
        (desk, publishers)
    }

    /// Has publishers call this server.
    pub fn open(&self, api: Api) {
        self.phase.send_replace(Phase::Open(api));
    }

    /// Has publishers wait for another server.
    pub fn close(&self) {
        self.phase.send_replace(Phase::Down);
    }

    /// Sends publishers home once their last event is acknowledged or their call broke.
    pub fn end(&self) {
        self.phase.send_replace(Phase::Over);
    }

    /// What was written down so far.
    pub fn log(&self) -> Log {
        self.book().clone()
    }

    /// How many events were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.book().acknowledged.len()
    }

    /// How many calls were put off so far.
    pub fn put_off(&self) -> u64 {
        self.book().put_off
    }

    fn book(&self) -> MutexGuard<'_, Log> {
        self.log.lock().expect("nobody panics while holding the log")
    }

    /// The server to publish to, once there is one; none when it is over.
    async fn api(&self) -> Option<Api> {
        let mut phase = self.phase.subscribe();
        let open = phase.wait_for(|phase| !matches!(phase, Phase::Down)).await;
        match &*open.expect("the desk outlives its publishers") {
            Phase::Open(api) => Some(api.clone()),
            Phase::Down | Phase::Over => None,
        }
    }

    fn is_busy(&self) -> bool {
        let made = self.book().made;
        self.heeded.iter().any(|receiver| made > receiver.accepted() + BACKLOG_MAX)
    }

    fn take_number(&self) -> u64 {
        let mut log = self.book();
        log.next += 1;
        log.next
    }
}

/// Publishes number after number, each until it is acknowledged: a call that broke is made again with the same id.
async fn publish_until_over(desk: Arc<Desk>) {
    loop {
        let number = desk.take_number();
        let body = format!(
            r#"{{"type":"{}","source":"/torture","id":"{number}","data":{}}}"#,
            event_type(number),
            data(number)
        );
        loop {
            let Some(api) = desk.api().await else { return };
            if desk.is_busy() {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            if publish(&desk, &api, number, &body).await {
                break;
            }
        }
    }
}

/// One call; says whether the event is acknowledged.
async fn publish(desk: &Desk, api: &Api, number: u64, body: &str) -> bool {
    let asked_at = clock::unix_micros();
    // Killed in the middle: whether it was recorded will show.
    let Ok(response) = api.post("/v1/events", body.to_owned()).send().await else { return pause().await };
    let status = response.status().as_u16();
    let put_off = response.headers().contains_key("retry-after");
    let Ok(text) = response.text().await else { return pause().await };
    let answered_at = clock::unix_micros();
    let acknowledged = note(&mut desk.book(), number, status, put_off, &text, (asked_at, answered_at));
    if acknowledged { true } else { pause().await }
}

/// Writes an answer down; says whether the event is acknowledged.
fn note(log: &mut Log, number: u64, status: u16, put_off: bool, text: &str, times: (u64, u64)) -> bool {
    let (asked_at, answered_at) = times;
    match (status, serde_json::from_str::<Answer>(text)) {
        (200..=299, Ok(mut answer)) if answer.events.len() == 1 => {
            let published = answer.events.remove(0);
            log.made += usize::from(event_type(number) == TYPES[0]);
            log.acknowledged.insert(number, Acknowledged { published, asked_at, answered_at });
            return true;
        }
        (429 | 503, _) if put_off => log.put_off += 1,
        _ => log.wrong.push(format!("event {number} was answered {status}: {text}")),
    }
    false
}

async fn pause() -> bool {
    tokio::time::sleep(PAUSE).await;
    false
}
