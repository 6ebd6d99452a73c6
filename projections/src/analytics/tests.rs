use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use domain::delivery::{Answer, Event};
use domain::subscription::Command;
use domain::{DeliveryId, EventType, Fact, Position, SubscriptionId, TenantId, Timestamp};
use ledger::{Filter, Ledger};

use super::*;
use crate::testing::{Backend, History, World, over_each, tenant};

const EVER: (Timestamp, Timestamp) = (Timestamp::from_micros(0), Timestamp::MAX);

fn all(resolution: Resolution) -> Series {
    Series { resolution, from: EVER.0, before: EVER.1, subscription: None, event_type: None }
}

fn status(status: u16) -> Answer {
    Answer::Response { status, headers: vec![], body: String::new(), truncated: false }
}

async fn world(backend: Backend, history: &History) -> World {
    World::of(backend, history.ledger()).await.catch_up(1_000).await
}

/// Everything there is of one resolution, added up.
async fn sum(world: &World, of: TenantId, wanted: Series) -> Counts {
    let mut sum = Counts::default();
    for bucket in world.views.analytics().series(of, wanted).await.unwrap() {
        sum.merge(&bucket.counts);
    }
    sum
}

/// What happened, counted one by one by somebody who has all the time in the world.
type Tally = BTreeMap<(TenantId, Option<SubscriptionId>, Option<String>, Timestamp), Counts>;

async fn tally(ledger: &dyn Ledger, resolution: Resolution, only_attempts: bool) -> Tally {
    let mut records = Vec::new();
    loop {
        let after = records.last().map_or(Position::START, |last: &Arc<ledger::Record>| last.position);
        let page = ledger.read_all(after, 1_000, Filter::All).await.unwrap();
        if page.records.is_empty() {
            break;
        }
        records.extend(page.records);
    }
    let mut targets: HashMap<DeliveryId, (SubscriptionId, EventType)> = HashMap::new();
    let mut tally = Tally::new();
    for record in &records {
        let (of, at) = (record.tenant, resolution.start(record.recorded_at));
        let Ok(Fact::Delivery(event)) = record.fact() else {
            if let Ok(Fact::Event(domain::event::Event::Published(event))) = record.fact()
                && !only_attempts
            {
                tally.entry((of, None, None, at)).or_default().published += 1;
                let name = Some(event.event_type.as_str().to_owned());
                tally.entry((of, None, name, at)).or_default().published += 1;
            }
            continue;
        };
        let id = DeliveryId::from_uuid(record.stream.uuid);
        if let Event::Scheduled { origin, .. }
        | Event::DeliveredAtOnce { origin, .. }
        | Event::RetryRequested { origin, .. } = event
        {
            targets.insert(id, (origin.subscription, origin.event_type.clone()));
        }
        let Some(attempt) = event.attempt() else {
            continue;
        };
        let (to, name) = &targets[&id];
        let name = Some(name.as_str().to_owned());
        for (to, name) in [(None, None), (None, name.clone()), (Some(*to), None), (Some(*to), name)] {
            tally.entry((of, to, name, at)).or_default().count(attempt);
        }
    }
    tally
}

async fn what_the_view_says_is_what_the_ledger_says(backend: Backend) {
    let mut history = History::seeded(51);
    history.live(2_500).await;
    let world = world(backend, &history).await;
    for resolution in [Resolution::Hour, Resolution::Day, Resolution::Minute] {
        for ((of, subscription, name, at), expected) in tally(&*history.ledger(), resolution, false).await {
            let before = at.after(Duration::from_micros(1));
            let event_type = name.as_deref().map(|name| EventType::parse(name).unwrap());
            if resolution == Resolution::Minute && subscription.is_some() && event_type.is_some() {
                continue;
            }
            let wanted = Series { resolution, from: at, before, subscription, event_type };
            let mut found = sum(&world, of, wanted).await;
            (found.matched, found.dead_lettered) = (0, 0);
            // Deliveries of deleted subscriptions, and those cancelled while a request was under way, count for the
            // tenant as a whole.
            if subscription.is_none() && name.is_none() {
                assert_eq!(found, expected, "{resolution:?} at {at}");
            } else {
                assert!(found.attempts() <= expected.attempts() && found.published == expected.published);
            }
        }
    }
}

async fn each_thing_counts_where_it_belongs(backend: Backend) {
    let mut history = History::seeded(52);
    let of = tenant(0);
    let first = history.subscribe(of, &["benchmark.*"]).await;
    let second = history.subscribe(of, &["benchmark.completed"]).await;
    let born = history.publish(of, "benchmark.completed").await;
    history.attempt(born[0], status(200)).await;
    history.attempt(born[1], status(503)).await;
    history.pass(Duration::from_mins(3));
    history.attempt(born[1], status(410)).await;
    history.publish(of, "benchmark.started").await;
    let world = world(backend, &history).await;

    let whole = sum(&world, of, all(Resolution::Hour)).await;
    assert_eq!((whole.published, whole.matched, whole.attempts(), whole.dead_lettered), (2, 3, 3, 1));
    assert_eq!(whole.latency.count(), 3);
    let answers =
        [AnswerClass::Success, AnswerClass::ClientError, AnswerClass::ServerError, AnswerClass::NoResponse];
    assert_eq!(answers.map(|class| whole.answered(class)), [1, 1, 1, 0]);

    let completed = EventType::parse("benchmark.completed").ok();
    let of_type = sum(&world, of, Series { event_type: completed.clone(), ..all(Resolution::Minute) }).await;
    assert_eq!((of_type.published, of_type.matched, of_type.attempts()), (1, 2, 3));
    let wanted = Series { subscription: Some(second), event_type: completed, ..all(Resolution::Day) };
    let of_both = sum(&world, of, wanted).await;
    assert_eq!((of_both.published, of_both.matched), (0, 1));
    let minutes = world.views.analytics().series(of, all(Resolution::Minute)).await.unwrap();
    assert_eq!(minutes.len(), 2, "two minutes in which something happened");

    let hours = world.views.analytics().hours(of, vec![first, second], EVER.0).await.unwrap();
    let attempts = |id| hours[&id].iter().map(|hour| hour.counts.attempts()).sum::<u64>();
    assert_eq!(attempts(first) + attempts(second), 3);
}

async fn nothing_is_counted_for_somebody_else(backend: Backend) {
    let mut history = History::seeded(53);
    let subscription = history.subscribe(tenant(0), &["*"]).await;
    history.deliver(tenant(0), "test.passed").await;
    let world = world(backend, &history).await;
    assert_eq!(sum(&world, tenant(1), all(Resolution::Day)).await, Counts::default());
    let foreign = Series { subscription: Some(subscription), ..all(Resolution::Day) };
    assert_eq!(sum(&world, tenant(1), foreign).await, Counts::default());
    let hours = world.views.analytics().hours(tenant(1), vec![subscription], EVER.0).await.unwrap();
    assert!(hours.is_empty());
}

async fn only_the_newest_buckets_are_kept(backend: Backend) {
    let mut history = History::seeded(54);
    history.subscribe(tenant(0), &["*"]).await;
    for _ in 0..Resolution::Minute.kept() + 60 {
        history.deliver(tenant(0), "test.passed").await;
        history.pass(Duration::from_mins(1));
    }
    let world = world(backend, &history).await;
    let minutes = world.views.analytics().series(tenant(0), all(Resolution::Minute)).await.unwrap();
    // Those that are closed, and the one that is not.
    assert_eq!(minutes.len(), Resolution::Minute.kept() + 1);
    assert!(minutes.iter().all(|minute| minute.counts.attempts() == 1));
    let days = sum(&world, tenant(0), all(Resolution::Day)).await;
    assert_eq!(days.attempts(), Resolution::Minute.kept() as u64 + 60);
}

async fn a_clock_that_was_wrong_for_a_while_costs_no_more_than_the_buckets_it_made_up(backend: Backend) {
    let mut history = History::seeded(55);
    history.subscribe(tenant(0), &["*"]).await;
    history.deliver(tenant(0), "test.passed").await;
    let right = history.set_clock(Timestamp::from_seconds(4_000_000_000));
    history.deliver(tenant(0), "test.passed").await;
    history.set_clock(right);
    history.pass(Duration::from_mins(5)).deliver(tenant(0), "test.passed").await;
    let at_once = world(backend, &history).await;
    let minutes = at_once.views.analytics().series(tenant(0), all(Resolution::Minute)).await.unwrap();
    let attempts: Vec<_> = minutes.iter().map(|minute| minute.counts.attempts()).collect();
    assert_eq!(attempts, [1, 1, 1]);
    let one_by_one = World::of(backend, history.ledger()).await.catch_up(1).await;
    assert_eq!(one_by_one.dump().await, at_once.dump().await);
}

async fn nothing_is_remembered_of_deliveries_that_ended(backend: Backend) {
    let mut history = History::seeded(56);
    let of = tenant(0);
    let subscription = history.subscribe(of, &["*"]).await;
    let open = async |history: &History| world(backend, history).await.dump().await["analytics_open"].len();

    let failing = history.publish(of, "test.passed").await[0];
    history.attempt(failing, status(503)).await;
    assert_eq!(open(&history).await, 1);
    history.cancel(failing).await;
    assert_eq!(open(&history).await, 0);
    // The request that was under way counts for the tenant.
    history.attempt(failing, status(200)).await;
    assert_eq!(open(&history).await, 0);
    assert_eq!(sum(&world(backend, &history).await, of, all(Resolution::Hour)).await.attempts(), 2);

    let waiting = history.publish(of, "test.passed").await[0];
    history.attempt(waiting, status(503)).await;
    history.change(subscription, Command::Delete).await;
    assert_eq!(open(&history).await, 0);
    history.attempt(waiting, status(503)).await;
    assert_eq!(open(&history).await, 0);
}

over_each!(
    what_the_view_says_is_what_the_ledger_says,
    each_thing_counts_where_it_belongs,
    nothing_is_counted_for_somebody_else,
    only_the_newest_buckets_are_kept,
    a_clock_that_was_wrong_for_a_while_costs_no_more_than_the_buckets_it_made_up,
    nothing_is_remembered_of_deliveries_that_ended,
);
