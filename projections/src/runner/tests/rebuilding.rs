//! Building copies beside the live ones, and putting them in their place.

use std::time::Duration;

use domain::Position;

use crate::queue::QueueView;
use crate::runner::{Parking, Projection, RoutedPage, ViewDefinition};
use crate::status::{DeliveryFilter, EventFilter, StatusView};
use crate::store::{Tables, WriteError};
use crate::testing::{Backend, History, World, assert_same, over_each, tenant};
use crate::{Building, Page, ReadError, RebuildError, RunnerOptions, rebuild};

/// The status view of a later version, in tables that the queries of the present one can read.
struct LaterStatus;

impl Projection for LaterStatus {
    const NAME: &'static str = StatusView::NAME;
    const VERSION: u32 = StatusView::VERSION + 1;
    const READS_SINCE: u32 = StatusView::VERSION;
    const DDL: &'static str = StatusView::DDL;

    fn fold(page: &RoutedPage<'_>, tables: Tables<'_>, parking: &mut Parking) -> Result<(), WriteError> {
        StatusView::fold(page, tables, parking)
    }
}

/// One whose queries cannot read older tables.
struct OtherStatus;

impl Projection for OtherStatus {
    const NAME: &'static str = StatusView::NAME;
    const VERSION: u32 = StatusView::VERSION + 2;
    const DDL: &'static str = StatusView::DDL;

    fn fold(page: &RoutedPage<'_>, tables: Tables<'_>, parking: &mut Parking) -> Result<(), WriteError> {
        StatusView::fold(page, tables, parking)
    }
}

static LATER: &[ViewDefinition] = &[ViewDefinition::of::<LaterStatus>(), ViewDefinition::of::<QueueView>()];
static OTHER: &[ViewDefinition] = &[ViewDefinition::of::<OtherStatus>(), ViewDefinition::of::<QueueView>()];

async fn a_rebuild_reports_how_far_it_is_and_ends_at_the_head(backend: Backend) {
    let mut history = History::seeded(3);
    history.live(300).await;
    let world = World::of(backend, history.ledger()).await;
    let mut seen = Vec::new();
    let options = RunnerOptions { page_records: 100, ..RunnerOptions::default() };
    rebuild(&world.views, "status", options, |progress| seen.push(progress)).await.unwrap();
    let head = history.ledger().head();
    assert!(seen.len() > 2 && seen.is_sorted_by_key(|progress| progress.position));
    let last = seen.last().unwrap();
    assert_eq!((last.position, last.head, last.records), (head, head, head.0));
    assert_eq!(world.positions(), [head, Position::START, Position::START, Position::START]);
}

async fn a_rebuild_that_was_killed_goes_on_where_it_was(backend: Backend) {
    let mut history = History::seeded(4);
    history.live(400).await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let live = world.dump().await;
    world.views.start_rebuild("status").await.unwrap();
    assert!(world.fold_page(60).await);
    let world = world.reopened().await;
    let building = world.views.progress()[0].building;
    assert_eq!(building, Some(Building { version: StatusView::VERSION, position: Position(60) }));
    let mut first = None;
    let options = RunnerOptions { page_records: 50, ..RunnerOptions::default() };
    rebuild(&world.views, "status", options, |progress| {
        first.get_or_insert(progress.position);
    })
    .await
    .unwrap();
    assert_eq!(first, Some(Position(110)));
    assert_same(&world.dump().await, &live);
}

async fn the_old_copy_serves_and_follows_while_the_new_one_is_built(backend: Backend) {
    let mut history = History::seeded(5);
    history.live(300).await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let (stop, running) = world.run(RunnerOptions { page_records: 3, linger: Duration::ZERO });
    world.views.start_rebuild("status").await.unwrap();
    world.views.start_rebuild("queue").await.unwrap();
    let mut applied = world.views.applied();
    // Their tables are there from the first, though the runner may not have seen them yet.
    while world.tables().await.iter().any(|table| table.ends_with("__next")) {
        history.live(1).await;
        world.settled().await;
        let _ = world
            .views
            .status()
            .deliveries(tenant(0), DeliveryFilter::default(), Page::first(10))
            .await
            .unwrap();
        applied.borrow_and_update();
    }
    world.settled().await;
    stop.cancel();
    running.await.unwrap().unwrap();
    assert_same(
        &world.dump().await,
        &World::of(backend, history.ledger()).await.catch_up(1_000).await.dump().await,
    );
}

async fn a_new_version_is_built_beside_the_old_one_which_is_read_until_then(backend: Backend) {
    let mut history = History::seeded(6);
    history.live(300).await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let (rows, old_head) = (world.dump().await, history.ledger().head());
    history.live(100).await;
    let world = world.reopened_with(LATER).await;
    let page =
        world.views.status().events(tenant(0), EventFilter::default(), Page::first(200)).await.unwrap();
    assert!(page.rows[0].position <= old_head);
    assert_eq!(world.dump().await["status_event"], rows["status_event"]);
    let world = world.catch_up(1_000).await;
    let progress = &world.views.progress()[0];
    assert_eq!((progress.version, progress.lag, progress.building), (StatusView::VERSION + 1, 0, None));
    assert_eq!(
        world.dump().await["status_event"],
        World::of(backend, history.ledger()).await.catch_up(1_000).await.dump().await["status_event"]
    );
}

async fn tables_that_the_queries_cannot_read_are_not_served(backend: Backend) {
    let mut history = History::seeded(7);
    history.live(100).await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await.reopened_with(OTHER).await;
    let refused =
        world.views.status().delivery(tenant(0), domain::DeliveryId::from_uuid(uuid::Uuid::nil())).await;
    assert!(matches!(refused, Err(ReadError::Building { view: "status" })));
    assert!(world.views.queue().subscriptions_waiting().await.is_ok());
    let world = world.catch_up(1_000).await;
    assert!(world.views.status().events(tenant(0), EventFilter::default(), Page::first(1)).await.is_ok());
}

async fn a_view_that_does_not_exist_is_named_with_those_that_do(backend: Backend) {
    let world = World::of(backend, History::seeded(1).ledger()).await;
    let refused = rebuild(&world.views, "statsu", RunnerOptions::default(), |_| {}).await.unwrap_err();
    assert_eq!(refused.to_string(), "there is no view \"statsu\", only status, queue, analytics, tools");
    assert!(matches!(refused, RebuildError::Unknown { .. }));
}

async fn views_of_another_ledger_start_anew(backend: Backend) {
    let (mut one, mut two) = (History::seeded(8), History::seeded(9));
    one.live(50).await;
    two.subscribe(tenant(0), &["*"]).await;
    two.live(60).await;
    let world = World::of(backend, one.ledger()).await.catch_up(10).await;
    let world = world.reopened_beside(two.ledger()).await.catch_up(1_000).await;
    assert_eq!(world.dump().await, World::of(backend, two.ledger()).await.catch_up(1_000).await.dump().await);
}

over_each!(
    a_rebuild_reports_how_far_it_is_and_ends_at_the_head,
    a_rebuild_that_was_killed_goes_on_where_it_was,
    the_old_copy_serves_and_follows_while_the_new_one_is_built,
    a_new_version_is_built_beside_the_old_one_which_is_read_until_then,
    tables_that_the_queries_cannot_read_are_not_served,
    a_view_that_does_not_exist_is_named_with_those_that_do,
    views_of_another_ledger_start_anew,
);
