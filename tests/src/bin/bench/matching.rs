//! Finding who wants an event among very many who do not: processor time only, nothing is sent.

use std::hint::black_box;
use std::time::Instant;

use domain::event::Published;
use domain::routing::Router;
use domain::{Fact, SubscriptionId, TenantId, subscription};
use serde_json::{Value, json};
use uuid::Uuid;

use super::results::Matching;

/// How many want the event.
const WANTING: u128 = 10;
/// How many there are besides, when there are any.
const OTHERS: u128 = 100_000;
/// How often an event is routed; the quickest of the rounds counts, since others can only be disturbed.
const ROUNDS: u32 = 20;
const EACH_ROUND: u32 = 50;

const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(1));
/// What is recorded of a subscription when it is made, but for types and filter.
const SETTINGS: &str = include_str!("../../../../schemas/records/subscription.created/v1-minimal.json");

/// Measures it.
pub(crate) fn measure() -> Matching {
    let no_filter = |_| None;
    let asking = |n| Some(json!({ "path": "data.project", "equals": project(n) }));
    Matching {
        alone: route(&router(WANTING, &|_| "bench.wanted".to_owned(), &no_filter)),
        among_types: route(&router(WANTING + OTHERS, &event_type, &no_filter)),
        among_filters: route(&router(WANTING + OTHERS, &|_| "bench.wanted".to_owned(), &asking)),
    }
}

/// The first few want the event's type, each of the others one of its own.
fn event_type(n: u128) -> String {
    if n < WANTING { "bench.wanted".to_owned() } else { format!("bench.other_{n}") }
}

fn project(n: u128) -> String {
    if n < WANTING { "wanted".to_owned() } else { format!("other-{n}") }
}

fn router(
    count: u128,
    event_type: &dyn Fn(u128) -> String,
    filter: &dyn Fn(u128) -> Option<Value>,
) -> Router {
    let mut router = Router::default();
    for n in 0..count {
        let id = SubscriptionId::from_uuid(Uuid::from_u128(n));
        router.apply(TENANT, id, &created(&event_type(n), filter(n)));
    }
    router
}

fn created(event_type: &str, filter: Option<Value>) -> subscription::Event {
    let mut record: Value = serde_json::from_str(SETTINGS).expect("the sample is JSON");
    let settings = &mut record["created"]["settings"];
    settings["event_types"] = json!([event_type]);
    if let Some(filter) = filter {
        settings["filter"] = filter;
    }
    serde_json::from_value(record).expect("the sample is a subscription's first record")
}

fn published() -> Published {
    let payload = r#"{"published":{"type":"bench.wanted","version":1,"source":"/bench","time":"2026-01-01T00:00:00.000000Z","accepted_at":"2026-01-01T00:00:00.000000Z","data":{"project":"wanted","score":1.10}}}"#;
    match Fact::decode("event.published", 1, payload).expect("it is an event") {
        Fact::Event(domain::event::Event::Published(published)) => *published,
        other => unreachable!("{other:?} is no event"),
    }
}

/// Microseconds for one event.
fn route(router: &Router) -> f64 {
    let event = published();
    assert_eq!(router.route(TENANT, &event).len() as u128, WANTING, "who wants the event is found");
    let round = |_| {
        let started = Instant::now();
        for _ in 0..EACH_ROUND {
            black_box(router.route(TENANT, black_box(&event)));
        }
        started.elapsed().as_secs_f64() * 1e6 / f64::from(EACH_ROUND)
    };
    (0..ROUNDS).map(round).min_by(f64::total_cmp).unwrap_or(f64::NAN)
}
