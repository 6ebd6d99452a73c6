use std::collections::BTreeSet;

use domain::{DeliveryId, Position, SubscriptionId, Timestamp};

use super::*;
use crate::status::{DeliveryFilter, DeliveryState};
use crate::testing::{Backend, History, World, over_each, tenant};
use crate::{LIMIT_MAX, Page};

const EARLIEST: RetryKey = (Timestamp::from_micros(0), DeliveryId::from_uuid(uuid::Uuid::nil()));

async fn lived(backend: Backend, seed: u64, steps: usize) -> (History, World) {
    let mut history = History::seeded(seed);
    history.live(steps).await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    (history, world)
}

/// What the status view says waits.
async fn waiting(world: &World) -> Vec<(SubscriptionId, DeliveryId, u32)> {
    let states = vec![DeliveryState::Waiting, DeliveryState::Retrying];
    let mut found = Vec::new();
    for tenant in [tenant(0), tenant(1)] {
        let mut page = Page::first(LIMIT_MAX);
        loop {
            let filter = DeliveryFilter { states: states.clone(), ..DeliveryFilter::default() };
            let listed = world.views.status().deliveries(tenant, filter, page).await.unwrap();
            found.extend(listed.rows.iter().map(|row| (row.subscription, row.id, row.attempts)));
            match listed.rows.last().filter(|_| listed.has_next) {
                Some(last) => page = Page::after(last.id, LIMIT_MAX),
                None => break,
            }
        }
    }
    found.sort();
    found
}

/// What the queue says waits for a subscription, by pages of 3.
async fn queued(queue: &Queue, subscription: SubscriptionId) -> Vec<Waiting> {
    let mut found: Vec<Waiting> = Vec::new();
    loop {
        let after = found.last().map_or(Position::START, |last| last.event_position);
        let page = queue.first_attempts(subscription, after, 3).await.unwrap();
        assert!(page.rows.iter().all(Waiting::is_first));
        found.extend(page.rows);
        if !page.more {
            break;
        }
    }
    let (firsts, mut from) = (found.len(), EARLIEST);
    loop {
        let page = queue.retries(subscription, from, 3).await.unwrap();
        found.extend(page.rows);
        if !page.more {
            break;
        }
        let (due_at, delivery) = found.last().unwrap().retry_key().unwrap();
        from = (due_at, DeliveryId::from_uuid(uuid::Uuid::from_u128(delivery.uuid().as_u128() + 1)));
    }
    assert!(found[..firsts].is_sorted_by_key(|row| row.event_position));
    assert!(found[firsts..].is_sorted_by_key(|row| row.retry_key().unwrap()));
    found
}

async fn what_is_queued_is_what_waits_in_the_order_of_its_kind(backend: Backend) {
    let (history, world) = lived(backend, 21, 1_200).await;
    let queue = world.views.queue();
    let snapshot = queue.subscriptions_waiting().await.unwrap();
    assert_eq!(snapshot.as_of, history.ledger().head());
    let mut found = Vec::new();
    for subscription in snapshot.rows {
        let rows = queued(&queue, subscription.subscription).await;
        assert_eq!(subscription.has_first, rows.iter().any(Waiting::is_first));
        let earliest = rows.iter().filter_map(|row| row.retry_key().map(|(due_at, _)| due_at)).min();
        assert_eq!(subscription.earliest_due, earliest);
        assert!(rows.iter().all(|row| row.tenant == subscription.tenant));
        let count = queue.count(subscription.subscription, 1_000_000).await.unwrap();
        assert_eq!(count, rows.len() as u64);
        assert_eq!(queue.count(subscription.subscription, 2).await.unwrap(), count.min(2));
        found.extend(rows.into_iter().map(|row| (row.subscription, row.delivery, row.progress.attempts)));
    }
    assert_eq!(queue.count_all(1_000_000).await.unwrap(), found.len() as u64);
    assert_eq!(queue.count_all(2).await.unwrap(), 2);
    found.sort();
    assert!(found.len() > 50);
    assert_eq!(found, waiting(&world).await);
}

async fn tenants_are_found_for_whom_much_waits(backend: Backend) {
    let mut history = History::seeded(3);
    for (nth, events) in [(0, 3), (1, 1)] {
        // Two subscriptions: each event waits twice.
        history.subscribe(tenant(nth), &["*"]).await;
        history.subscribe(tenant(nth), &["*"]).await;
        for _ in 0..events {
            history.publish(tenant(nth), "test.passed").await;
        }
    }
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let queue = world.views.queue();
    let found = async |many| queue.tenants_with(many).await.unwrap().into_iter().collect::<Vec<_>>();
    let both = BTreeSet::from([tenant(0), tenant(1)]);
    assert_eq!(queue.tenants_with(2).await.unwrap(), both);
    for (many, tenants) in [(3, vec![tenant(0)]), (6, vec![tenant(0)]), (7, Vec::new())] {
        assert_eq!(found(many).await, tenants);
    }
}

async fn everything_at_once_is_what_the_pages_have_as_much_as_the_share_allows(backend: Backend) {
    let (history, world) = lived(backend, 21, 1_200).await;
    let queue = world.views.queue();
    for share in [1_000, 4, 1] {
        let snapshot = queue.everything(move |_| share).await.unwrap();
        assert_eq!(snapshot.as_of, history.ledger().head());
        assert!(snapshot.rows.len() > 3);
        for rows in snapshot.rows {
            let all = queued(&queue, rows.subscription).await;
            let (first, retries): (Vec<_>, Vec<_>) = all.into_iter().partition(Waiting::is_first);
            let room = share - rows.first.len();
            assert_eq!(rows.first, first[..first.len().min(share)]);
            assert_eq!(rows.retries, retries[..retries.len().min(room)]);
            assert_eq!((rows.more_first, rows.more_retries), (first.len() > share, retries.len() > room));
        }
    }
}

async fn what_is_asked_for_again_waits_with_a_new_budget(backend: Backend) {
    let mut history = History::seeded(1);
    let id = history.subscribe(tenant(0), &["*"]).await;
    let delivery = history.deliver(tenant(0), "test.passed").await[0];
    history.retry(delivery).await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let rows = world.views.queue().retries(id, EARLIEST, 10).await.unwrap().rows;
    assert_eq!(rows.len(), 1);
    let (progress, sequence) = (rows[0].progress, rows[0].sequence);
    assert_eq!((progress.attempts, progress.budget.made, sequence.0), (1, 0, 2));
    assert!(matches!(progress.state, domain::delivery::State::Waiting { by_hand: true, .. }));
}

async fn nothing_waits_for_a_deleted_subscription_not_even_what_is_asked_for_again(backend: Backend) {
    let mut history = History::seeded(1);
    let id = history.subscribe(tenant(0), &["*"]).await;
    let delivered = history.deliver(tenant(0), "test.passed").await[0];
    history.publish(tenant(0), "test.passed").await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    assert_eq!(world.views.queue().count(id, 10).await.unwrap(), 1);
    history.change(id, domain::subscription::Command::Delete).await;
    history.retry(delivered).await;
    let world = world.catch_up(1_000).await;
    assert_eq!(world.views.queue().count(id, 10).await.unwrap(), 0);
    assert_eq!(world.views.queue().subscriptions_waiting().await.unwrap().rows, []);
}

async fn every_query_steps_through_an_index(backend: Backend) {
    let (_, world) = lived(backend, 21, 200).await;
    for (nth, sql) in query::all_sql().into_iter().enumerate() {
        let (text, steps) = world.plan(move |_| Ok(sql)).await;
        // Of `start` one row is looked at, at one end of the index.
        let bad = |step: &String| {
            step.contains("TEMP B-TREE")
                || step.starts_with("SCAN queue_waiting")
                || step.starts_with("SCAN waiting")
                || step.starts_with("SCAN one")
                || step.contains("Seq Scan on")
        };
        assert!(!steps.iter().any(bad), "{nth}: {text}\n{steps:#?}");
    }
}

over_each!(
    what_is_queued_is_what_waits_in_the_order_of_its_kind,
    tenants_are_found_for_whom_much_waits,
    everything_at_once_is_what_the_pages_have_as_much_as_the_share_allows,
    what_is_asked_for_again_waits_with_a_new_budget,
    nothing_waits_for_a_deleted_subscription_not_even_what_is_asked_for_again,
    every_query_steps_through_an_index,
);
