//! How long pages take among many deliveries in a database, and how they are found.

use std::time::{Duration, Instant};

use domain::TypePattern;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor};
use test_postgres::Version;

use super::tests::{assert_found_by_index, event_filters, filters};
use super::*;
use crate::store::Connection;
use crate::testing::{Backend, History, World, tenant};
use crate::{LIMIT_MAX, Page};

/// Events and deliveries: nine in ten of one tenant; one delivery in twenty a dead letter, one in fifty still waiting; 200
/// subscriptions, 40 types.
const CROWD: &str = "
    SET search_path = hookledger_views;
    INSERT INTO status_event (position, id, tenant, event_type, version, source, key, time, accepted_at, data_bytes)
    SELECT n, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
           ('00000000-0000-0000-0000-' || lpad(to_hex(126 + (n % 10) / 9), 12, '0'))::uuid,
           (ARRAY['benchmark.run.', 'test.', 'user.'])[1 + n % 3] || 'kind' || n % 40,
           1, 'platform/' || n % 7, CASE WHEN n % 2 = 0 THEN 'key-' || n / 100 END, n, 1800000000000000 + n * 1000, 100
    FROM generate_series(1, {n}) AS n;
    INSERT INTO status_delivery (id, tenant, subscription, event, event_position, event_type, state, attempts,
        next_attempt_at, last_status, last_error_class, failed_class, last_attempt_at, dead_letter_reason, created_at,
        updated_at, version)
    SELECT (lpad(to_hex(1800000000000 + position), 12, '0') || '70008000' || lpad(to_hex(position), 12, '0'))::uuid,
           tenant, ('00000000-0000-7000-8000-' || lpad(to_hex(position % 200), 12, '0'))::uuid, id, position, event_type,
           CASE WHEN position % 20 = 0 THEN 3 WHEN position % 50 = 1 THEN 1 ELSE 2 END, 1,
           CASE WHEN position % 50 = 1 THEN accepted_at END,
           CASE WHEN position % 20 = 0 THEN 503 WHEN position % 50 <> 1 THEN 200 END,
           CASE WHEN position % 20 <> 0 AND position % 50 = 1 THEN 'connect_refused' END,
           CASE WHEN position % 20 = 0 THEN 5 WHEN position % 50 = 1 THEN 0 END,
           accepted_at, CASE WHEN position % 20 = 0 THEN 'exhausted' END, accepted_at, accepted_at, 2
    FROM status_event;
    ANALYZE";

/// Views with `n` events and as many deliveries.
async fn crowded(backend: Backend, n: u64) -> World {
    let world = World::of(backend, History::seeded(1).ledger()).await;
    let mut connection = PgConnection::connect_with(&world.database().options()).await.unwrap();
    connection.execute(CROWD.replace("{n}", &n.to_string()).as_str()).await.unwrap();
    world
}

/// Whether no more than one condition picks the rows, so that an index answers it alone. Where several do, the fewest rows
/// that one of them leaves are looked at one by one, as many as it takes to fill a page.
fn is_simple(filter: &DeliveryFilter) -> bool {
    let conditions = [
        !filter.states.is_empty(),
        filter.subscription.is_some(),
        filter.event.is_some(),
        matches!(filter.event_type, Some(TypePattern::Exact(_))),
        filter.status.is_some(),
        filter.error_class.is_some(),
    ];
    // No index has what went well beside what was delivered, and of a family each type is a range of its own.
    filter.status != Some(StatusClass::Success)
        && filter.last_status.is_none()
        && filter.dead_letter_reason.is_none()
        && !matches!(filter.event_type, Some(TypePattern::Below(_)))
        && conditions.into_iter().filter(|condition| *condition).count() <= 1
}

/// Asks for every kind of page, and says which of the simple ones took longer than `limit`.
async fn ask(world: &World, limit: Duration) -> Vec<(Duration, String)> {
    let status = world.views.status();
    let first =
        status.deliveries(tenant(0), DeliveryFilter::default(), Page::first(LIMIT_MAX)).await.unwrap();
    assert_eq!(first.rows.len(), LIMIT_MAX);
    let (cursor, mut slow) = (first.rows[3].id, Vec::new());
    for filter in filters(&first.rows, 6) {
        for page in [Page::first(50), Page::after(cursor, 50), Page::before(cursor, 50)] {
            let (what, started) = (format!("{filter:?} {page:?}"), Instant::now());
            status.deliveries(tenant(0), filter.clone(), page.clone()).await.unwrap();
            let took = started.elapsed();
            slow.extend((took > limit && is_simple(&filter)).then(|| (took, what.clone())));
            let filter = filter.clone();
            let query = move |connection: Connection<'_>| {
                delivery::sql_of_page(connection, tenant(0), &filter, &page)
            };
            assert_found_by_index(world, query, &what).await;
        }
    }
    slow
}

#[tokio::test(flavor = "multi_thread")]
async fn among_many_deliveries_every_page_is_found_through_an_index_in_its_order() {
    for version in Version::ALL.into_iter().map(Backend::Postgres).filter(|backend| backend.is_there()) {
        let world = crowded(version, 30_000).await;
        ask(&world, Duration::MAX).await;
        let status = world.views.status();
        let events = status.events(tenant(0), EventFilter::default(), Page::first(10)).await.unwrap();
        let event = &events.rows[2];
        for filter in event_filters(event) {
            for page in [Page::first(50), Page::after(event.cursor(), 50), Page::before(event.cursor(), 50)] {
                let (what, filter) = (format!("{filter:?} {page:?}"), filter.clone());
                let query = move |connection: Connection<'_>| {
                    event::sql_of_page(connection, tenant(0), &filter, &page)
                };
                assert_found_by_index(&world, query, &what).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a million deliveries take minutes to make; run by hand on a quiet machine"]
async fn among_a_million_deliveries_a_page_that_an_index_answers_takes_no_longer_than_50_ms() {
    for version in Version::ALL.into_iter().map(Backend::Postgres).filter(|backend| backend.is_there()) {
        let world = crowded(version, 1_000_000).await;
        // The first time is for the caches.
        ask(&world, Duration::MAX).await;
        let slow = ask(&world, Duration::from_millis(50)).await;
        assert!(slow.is_empty(), "{version:?}: {slow:#?}");
    }
}
