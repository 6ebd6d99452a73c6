//! Lists against what one would pick by hand, and how the database finds them.

mod rows;

use std::time::Duration;

use domain::delivery::Answer;
use domain::subscription::{Change, Command, EventTypes};
use domain::{DeliveryId, Position, TenantId, Timestamp, TypePattern};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::store::{Connection, Sql};
use crate::testing::{Backend, History, World, event_id, over_each, subscription_id, tenant};
use crate::{LIMIT_MAX, Listed, Page, ReadError, Take};

/// Every delivery of a tenant, by pages of `limit` from the front.
async fn all_deliveries(
    status: &Status,
    tenant: TenantId,
    filter: &DeliveryFilter,
    limit: usize,
) -> Vec<Delivery> {
    let mut found: Vec<Delivery> = Vec::new();
    loop {
        let page = Page { after: found.last().map(|last| last.id), ..Page::first(limit) };
        let listed = status.deliveries(tenant, filter.clone(), page).await.unwrap();
        assert_eq!(listed.has_previous, !found.is_empty());
        assert!(listed.rows.len() == limit || !listed.has_next);
        found.extend(listed.rows);
        if !listed.has_next {
            return found;
        }
    }
}

/// The same, from the back.
async fn all_deliveries_backwards(
    status: &Status,
    tenant: TenantId,
    filter: &DeliveryFilter,
) -> Vec<Delivery> {
    let mut found: Vec<Delivery> = Vec::new();
    loop {
        let before = found.last().map(|first| first.id);
        let page = Page { after: None, before, take: Take::Last(3) };
        let Listed { rows, has_previous, .. } =
            status.deliveries(tenant, filter.clone(), page).await.unwrap();
        found.extend(rows.into_iter().rev());
        if !has_previous {
            found.reverse();
            return found;
        }
    }
}

async fn all_events(status: &Status, tenant: TenantId, filter: &EventFilter) -> Vec<Event> {
    let mut found: Vec<Event> = Vec::new();
    loop {
        let page = Page { after: found.last().map(Event::cursor), ..Page::first(4) };
        let listed = status.events(tenant, filter.clone(), page).await.unwrap();
        found.extend(listed.rows);
        if !listed.has_next {
            return found;
        }
    }
}

fn accepts(filter: &DeliveryFilter, row: &Delivery) -> bool {
    let class = Some(row.last_attempt_at.map_or(9, |_| row.last_status.map_or(0, |status| status / 100)));
    let class_wanted = filter.status.map(|class| match class {
        StatusClass::Success => 2,
        StatusClass::Redirect => 3,
        StatusClass::ClientError => 4,
        StatusClass::ServerError => 5,
        StatusClass::NoResponse => 0,
        StatusClass::NoAttempt => 9,
    });
    (filter.states.is_empty() || filter.states.contains(&row.state))
        && filter.subscription.is_none_or(|id| row.subscription == id)
        && filter.event.is_none_or(|id| row.event == id)
        && filter.event_type.as_ref().is_none_or(|pattern| pattern.matches(&row.event_type))
        && class_wanted.is_none_or(|wanted| class == Some(wanted))
        && filter.error_class.is_none_or_eq(row.last_error_class.as_ref())
        && filter.last_status.is_none_or_eq(row.last_status.as_ref())
        && filter.dead_letter_reason.is_none_or_eq(row.dead_letter_reason.as_ref())
        && filter.from.is_none_or(|from| row.created_at >= from)
        && filter.before.is_none_or(|before| row.created_at < before)
}

trait IsNoneOrEq<T> {
    fn is_none_or_eq(&self, other: Option<&T>) -> bool;
}

impl<T: PartialEq> IsNoneOrEq<T> for Option<T> {
    fn is_none_or_eq(&self, other: Option<&T>) -> bool {
        self.as_ref().is_none_or(|wanted| Some(wanted) == other)
    }
}

/// Filters with some conditions each, drawn from a seed; together they have every pair of conditions.
pub(super) fn filters(rows: &[Delivery], seed: u64) -> Vec<DeliveryFilter> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut filters = vec![DeliveryFilter::default()];
    for _ in 0..150 {
        let mut some = |share: f64| rng.random_bool(share);
        let wanted: [bool; 10] = std::array::from_fn(|_| some(0.3));
        let row = &rows[rng.random_range(0..rows.len())];
        let classes = [
            StatusClass::Success,
            StatusClass::Redirect,
            StatusClass::ClientError,
            StatusClass::ServerError,
            StatusClass::NoResponse,
            StatusClass::NoAttempt,
        ];
        let patterns = ["benchmark.*", "*", "benchmark.run.*", "test.passed", "nothing.*"];
        let span = Duration::from_millis(rng.random_range(0..300));
        filters.push(DeliveryFilter {
            states: DeliveryState::ALL.into_iter().filter(|_| wanted[0] && rng.random_bool(0.5)).collect(),
            subscription: wanted[1].then_some(row.subscription),
            event: wanted[2].then_some(row.event),
            event_type: wanted[3].then(|| TypePattern::parse(patterns[rng.random_range(0..5)]).unwrap()),
            status: wanted[4].then(|| classes[rng.random_range(0..6)]),
            error_class: wanted[5].then(|| "connect_refused".to_owned()),
            from: wanted[6].then_some(row.created_at),
            before: wanted[7].then(|| row.created_at.after(span)),
            last_status: row.last_status.filter(|_| wanted[8]),
            dead_letter_reason: row.dead_letter_reason.filter(|_| wanted[9]),
        });
    }
    filters
}

async fn lived(backend: Backend, seed: u64, steps: usize) -> World {
    let mut history = History::seeded(seed);
    history.live(steps).await;
    World::of(backend, history.ledger()).await.catch_up(1_000).await
}

async fn every_filter_picks_what_one_would_pick_by_hand_forwards_and_backwards(backend: Backend) {
    let world = lived(backend, 11, 900).await;
    let status = world.views.status();
    let all = all_deliveries(&status, tenant(0), &DeliveryFilter::default(), LIMIT_MAX).await;
    assert!(all.len() > 200 && all.is_sorted_by(|one, two| one.id > two.id));
    for filter in filters(&all, 5) {
        let expected: Vec<_> = all.iter().filter(|row| accepts(&filter, row)).cloned().collect();
        assert_eq!(all_deliveries(&status, tenant(0), &filter, 7).await, expected, "{filter:?}");
        assert_eq!(all_deliveries_backwards(&status, tenant(0), &filter).await, expected, "{filter:?}");
        let count = status.count_deliveries(tenant(0), filter.clone(), 1_000_000).await.unwrap();
        assert_eq!(count, expected.len() as u64, "{filter:?}");
        let bounded = status.count_deliveries(tenant(0), filter, 3).await.unwrap();
        assert_eq!(bounded, expected.len().min(3) as u64);
    }
}

async fn dead_letters_are_grouped_by_cause_and_each_group_is_what_its_filter_finds(backend: Backend) {
    let world = lived(backend, 11, 900).await;
    let status = world.views.status();
    let dead = DeliveryFilter { states: vec![DeliveryState::DeadLettered], ..DeliveryFilter::default() };
    let all = all_deliveries(&status, tenant(0), &dead, LIMIT_MAX).await;
    let found = status.dead_letter_groups(tenant(0), None).await.unwrap();
    assert!(found.complete && found.groups.len() > 3, "{found:?}");
    assert!(found.groups.is_sorted_by(|one, two| one.count >= two.count));
    assert_eq!(found.groups.iter().map(|group| group.count).sum::<u64>(), all.len() as u64);
    for group in found.groups {
        let filter = DeliveryFilter {
            subscription: Some(group.subscription),
            dead_letter_reason: Some(group.reason),
            last_status: group.last_status,
            error_class: group.last_error_class.clone(),
            status: (group.last_status.is_none() && group.last_error_class.is_none())
                .then_some(StatusClass::NoAttempt),
            ..dead.clone()
        };
        let rows = all_deliveries(&status, tenant(0), &filter, LIMIT_MAX).await;
        assert_eq!((rows.len() as u64, rows[0].id), (group.count, group.sample));
        assert_eq!(rows.iter().map(|row| row.updated_at).min(), Some(group.first_at));
        assert_eq!(rows.iter().map(|row| row.updated_at).max(), Some(group.last_at));
        let own = status.dead_letter_groups(tenant(0), Some(group.subscription)).await.unwrap();
        assert!(own.groups.contains(&group));
        let foreign = status.dead_letter_groups(tenant(1), Some(group.subscription)).await.unwrap();
        assert_eq!(foreign.groups, []);
    }
}

async fn every_list_is_found_through_an_index_in_its_order(backend: Backend) {
    let world = lived(backend, 11, 300).await;
    let rows = all_deliveries(&world.views.status(), tenant(0), &DeliveryFilter::default(), LIMIT_MAX).await;
    let cursor = rows[3].id;
    let pages = [Page::first(10), Page::after(cursor, 10), Page::before(cursor, 10)];
    for filter in filters(&rows, 6) {
        for page in &pages {
            let (what, page, filter) = (format!("{filter:?}"), page.clone(), filter.clone());
            let query = move |connection: Connection<'_>| {
                delivery::sql_of_page(connection, tenant(0), &filter, &page)
            };
            assert_found_by_index(&world, query, &what).await;
        }
    }
    let event = &all_events(&world.views.status(), tenant(0), &EventFilter::default()).await[2];
    for filter in event_filters(event) {
        for page in [Page::first(10), Page::after(event.cursor(), 10), Page::before(event.cursor(), 10)] {
            let (what, filter) = (format!("{filter:?}"), filter.clone());
            let query =
                move |connection: Connection<'_>| event::sql_of_page(connection, tenant(0), &filter, &page);
            assert_found_by_index(&world, query, &what).await;
        }
    }
}

async fn subscriptions_are_found_through_the_index_of_their_tenant(backend: Backend) {
    let world = lived(backend, 11, 100).await;
    let everything = SubscriptionFilter {
        states: vec![SubscriptionState::Active, SubscriptionState::Paused],
        search: Some("example".to_owned()),
        event_type: Some(domain::EventType::parse("test.passed").unwrap()),
    };
    for filter in [SubscriptionFilter::default(), everything] {
        for page in
            [Page::first(10), Page::after(subscription_id(3), 10), Page::before(subscription_id(3), 10)]
        {
            let (what, filter) = (format!("{filter:?}"), filter.clone());
            let query = move |connection: Connection<'_>| {
                Ok(subscription::sql_of_page(connection, tenant(0), &filter, &page))
            };
            assert_found_by_index(&world, query, &what).await;
        }
    }
}

pub(super) async fn assert_found_by_index(
    world: &World,
    query: impl FnOnce(Connection<'_>) -> Result<Sql, ReadError> + Send + 'static,
    what: &str,
) {
    let (text, steps) = world.plan(query).await;
    let in_file = |step: &str| {
        step.starts_with("SCAN") && !step.starts_with("SCAN CONSTANT") || step.contains("TEMP B-TREE")
    };
    // What is merged keeps the order of its parts: nothing is sorted.
    let in_database =
        |step: &str| ["Seq Scan on", "-> Sort", "-> Incremental Sort"].iter().any(|bad| step.contains(bad));
    let bad = steps.iter().any(|step| in_file(step) || in_database(&step.replace(">  ", "> ")));
    assert!(!bad || text.contains("WHERE 1 = 0"), "{what}\n{text}\n{steps:#?}");
}

pub(super) fn event_filters(event: &Event) -> Vec<EventFilter> {
    let types = [None, Some("benchmark.*"), Some("test.passed"), Some("*"), Some("nothing.*")];
    let mut filters = Vec::new();
    for event_type in types.map(|text| text.map(|text| TypePattern::parse(text).unwrap())) {
        for bits in 0..16_u8 {
            filters.push(EventFilter {
                event_type: event_type.clone(),
                source: (bits & 1 != 0).then(|| event.source.clone()),
                key: event.key.clone().filter(|_| bits & 2 != 0),
                from: (bits & 4 != 0).then_some(event.accepted_at),
                before: (bits & 8 != 0).then(|| event.accepted_at.after(Duration::from_millis(40))),
            });
        }
    }
    filters
}

async fn events_are_picked_as_by_hand_in_the_order_in_which_they_were_accepted(backend: Backend) {
    let world = lived(backend, 12, 700).await;
    let status = world.views.status();
    let all = all_events(&status, tenant(1), &EventFilter::default()).await;
    assert!(all.len() > 80 && all.is_sorted_by(|one, two| one.cursor() > two.cursor()));
    for filter in event_filters(&all[20]).into_iter().chain(event_filters(&all[60])) {
        let accepts = |event: &&Event| {
            filter.event_type.as_ref().is_none_or(|pattern| pattern.matches(&event.event_type))
                && filter.source.is_none_or_eq(Some(&event.source))
                && filter.key.is_none_or_eq(event.key.as_ref())
                && filter.from.is_none_or(|from| event.accepted_at >= from)
                && filter.before.is_none_or(|before| event.accepted_at < before)
        };
        let expected: Vec<_> = all.iter().filter(accepts).cloned().collect();
        assert_eq!(all_events(&status, tenant(1), &filter).await, expected, "{filter:?}");
        let count = status.count_events(tenant(1), filter, 1_000_000).await.unwrap();
        assert_eq!(count, expected.len() as u64);
    }
}

async fn a_family_of_more_types_than_are_merged_is_listed_all_the_same(backend: Backend) {
    let mut history = History::seeded(1);
    for n in 0..80 {
        history.publish(tenant(0), &format!("many.kind{}", n % 40)).await;
        history.publish(tenant(0), "manyfold").await;
    }
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let filter =
        EventFilter { event_type: Some(TypePattern::parse("many.*").unwrap()), ..EventFilter::default() };
    assert_eq!(all_events(&world.views.status(), tenant(0), &filter).await.len(), 80);
}

async fn subscriptions_are_found_by_text_state_and_the_types_that_they_want(backend: Backend) {
    let mut history = History::seeded(1);
    let all = history.subscribe(tenant(0), &["*"]).await;
    let runs = history.subscribe(tenant(0), &["benchmark.run.*"]).await;
    let paused = history.subscribe(tenant(0), &["benchmark.*"]).await;
    let reason = domain::subscription::PauseReason::Requested { note: domain::Description::default() };
    history.change(paused, Command::Pause { reason }).await;
    let types: EventTypes = vec![TypePattern::parse("user.*").unwrap()].try_into().unwrap();
    history.change(runs, Command::Update { changes: vec![Change::EventTypes(types)] }).await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let found = async |filter: SubscriptionFilter| {
        let count = world.views.status().count_subscriptions(tenant(0), filter.clone(), 100).await.unwrap();
        let listed = world.views.status().subscriptions(tenant(0), filter, Page::first(10)).await.unwrap();
        assert_eq!(count, listed.rows.len() as u64);
        listed.rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let wanting = |name: &str| SubscriptionFilter {
        event_type: Some(domain::EventType::parse(name).unwrap()),
        ..SubscriptionFilter::default()
    };
    assert_eq!(found(SubscriptionFilter::default()).await, [paused, runs, all]);
    assert_eq!(found(wanting("benchmark.run.started")).await, [paused, all]);
    assert_eq!(found(wanting("user.invited")).await, [runs, all]);
    let states = vec![SubscriptionState::Paused];
    assert_eq!(found(SubscriptionFilter { states, ..SubscriptionFilter::default() }).await, [paused]);
    let search =
        |text: &str| SubscriptionFilter { search: Some(text.to_owned()), ..SubscriptionFilter::default() };
    assert_eq!(found(search("HOOKS-")).await.len(), 3);
    assert_eq!(found(search("number_")).await, []);
    assert_eq!(found(search("ENDPOINT NUMBER 1")).await, [all]);
}

async fn ids_for_a_filter_go_on_behind_the_last_one_whatever_became_of_it(backend: Backend) {
    let mut history = History::seeded(1);
    history.subscribe(tenant(0), &["*"]).await;
    for _ in 0..25 {
        let id = history.publish(tenant(0), "test.passed").await[0];
        history.cancel(id).await;
    }
    let mut world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let filter = DeliveryFilter { states: vec![DeliveryState::Cancelled], ..DeliveryFilter::default() };
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let ids = world.views.status().delivery_ids(tenant(0), filter.clone(), after, 10).await.unwrap();
        let Some(last) = ids.last().copied() else { break };
        for id in &ids {
            history.retry(*id).await;
        }
        world = world.catch_up(1_000).await;
        after = Some(last);
        seen.extend(ids);
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.is_sorted_by(|one, two| one > two));
    assert_eq!(world.views.status().count_deliveries(tenant(0), filter, 100).await.unwrap(), 0);
}

over_each!(
    dead_letters_are_grouped_by_cause_and_each_group_is_what_its_filter_finds,
    every_filter_picks_what_one_would_pick_by_hand_forwards_and_backwards,
    every_list_is_found_through_an_index_in_its_order,
    subscriptions_are_found_through_the_index_of_their_tenant,
    events_are_picked_as_by_hand_in_the_order_in_which_they_were_accepted,
    a_family_of_more_types_than_are_merged_is_listed_all_the_same,
    subscriptions_are_found_by_text_state_and_the_types_that_they_want,
    ids_for_a_filter_go_on_behind_the_last_one_whatever_became_of_it,
);
