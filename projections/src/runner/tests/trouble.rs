//! Records that cannot be folded, and folds that give up.

use std::time::Duration;

use domain::{Fact, event};
use tokio::time::Instant;

use crate::RunnerOptions;
use crate::queue::QueueView;
use crate::runner::{Parking, Projection, RoutedPage, ViewDefinition};
use crate::store::{Session, Tables, WriteError, integer, values};
use crate::testing::{Backend, History, World, over_each, tenant};

/// Counts events, except that some make it give up.
struct Moody;

impl Projection for Moody {
    const NAME: &'static str = "moody";
    const VERSION: u32 = 1;
    const DDL: &'static str = "CREATE TABLE moody_event/*copy*/ (position INTEGER NOT NULL CONSTRAINT moody_event_key/*generation*/ PRIMARY KEY);";

    fn fold(page: &RoutedPage<'_>, tables: Tables<'_>, _: &mut Parking) -> Result<(), WriteError> {
        for routed in &page.records {
            if let Fact::Event(event::Event::Published(event)) = routed.fact {
                tables.execute(
                    "INSERT INTO moody_event/*copy*/ (position) VALUES ($1)",
                    values![integer(routed.record.position.0)],
                )?;
                assert!(event.event_type.as_str() != "user.invited", "not in the mood");
            }
        }
        Ok(())
    }
}

static DEFINITIONS: &[ViewDefinition] = &[ViewDefinition::of::<Moody>(), ViewDefinition::of::<QueueView>()];

async fn a_record_that_a_fold_gives_up_on_is_parked_and_stops_neither_the_rest_nor_other_views(
    backend: Backend,
) {
    let mut history = History::seeded(1);
    history.subscribe(tenant(0), &["*"]).await;
    for event_type in ["test.passed", "user.invited", "test.passed", "user.invited", "test.passed"] {
        history.publish(tenant(0), event_type).await;
    }
    let world = World::with(backend, history.ledger(), DEFINITIONS).await.catch_up(1_000).await;
    let rows = world.dump().await;
    assert_eq!((rows["moody_event"].len(), rows["queue_waiting"].len()), (3, 5));
    let parked = world.views.parked(10).await.unwrap();
    let shown: Vec<_> = parked.iter().map(|parked| (parked.view.as_str(), parked.position.0)).collect();
    assert_eq!(shown, [("moody", 5), ("moody", 3)]);
    assert_eq!(parked[0].record_type, "event.published");
    assert_eq!(parked[0].reason, "a fold panicked: not in the mood");
    let counts: Vec<_> =
        world.views.progress().iter().map(|view| (view.name, view.lag, view.parked)).collect();
    assert_eq!(counts, [("moody", 0, 2), ("queue", 0, 0)]);
}

async fn a_record_that_cannot_be_read_is_parked_by_every_view_and_the_rest_is_folded(backend: Backend) {
    let mut history = History::seeded(1);
    history.subscribe(tenant(0), &["*"]).await;
    history.babble(tenant(0)).await;
    history.publish(tenant(0), "test.passed").await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let parked = world.views.parked(10).await.unwrap();
    assert_eq!(parked.len(), 4);
    assert!(parked.iter().all(|parked| parked.position.0 == 2 && parked.reason.contains("cannot be read")));
    assert_eq!(world.dump().await["queue_waiting"].len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_waited_out() {
    let backend = Backend::Sqlite;
    let mut history = History::seeded(2);
    history.live(300).await;
    let world = World::of(backend, history.ledger()).await;
    let limit = |pages: u32| {
        move |session: &mut Session| match session {
            Session::Sqlite(connection) => {
                Ok(connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
            }
            Session::Postgres(_) => unreachable!("they are in a file"),
        }
    };
    let writer = &world.views.shared().writer;
    writer.run(limit(1)).await.unwrap();
    let (stop, running) = world.run(RunnerOptions::default());
    let soon = Instant::now() + Duration::from_millis(50);
    assert!(world.views.wait_for(history.ledger().head(), soon).await.is_err());
    writer.run(limit(u32::MAX)).await.unwrap();
    world.settled().await;
    stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(
        world.dump().await,
        World::of(backend, history.ledger()).await.catch_up(1_000).await.dump().await
    );
}

async fn folding_from_a_checkpoint_that_has_moved_changes_nothing_and_starts_over(backend: Backend) {
    let mut history = History::seeded(3);
    history.live(200).await;
    let world = World::of(backend, history.ledger()).await;
    let (stop, running) = world.run(RunnerOptions { page_records: 10, ..RunnerOptions::default() });
    world.settled().await;
    let rows = world.dump().await;
    // As if somebody else had folded some of it, or a commit had come through that was reported lost.
    let back = |session: &mut Session| {
        let back = "UPDATE view_copy SET position = 0, anchor_position = 0 WHERE name = 'queue'";
        session.connection().execute(back, &[])?;
        Ok(session.connection().execute("DELETE FROM queue_waiting", &[])?)
    };
    world.views.shared().writer.run(back).await.unwrap();
    history.publish(tenant(0), "test.passed").await;
    world.settled().await;
    let again = world.dump().await;
    stop.cancel();
    running.await.unwrap().unwrap();
    assert!(again["queue_waiting"].len() >= rows["queue_waiting"].len());
    assert_eq!(again, World::of(backend, history.ledger()).await.catch_up(1_000).await.dump().await);
}

over_each!(
    a_record_that_a_fold_gives_up_on_is_parked_and_stops_neither_the_rest_nor_other_views,
    a_record_that_cannot_be_read_is_parked_by_every_view_and_the_rest_is_folded,
    folding_from_a_checkpoint_that_has_moved_changes_nothing_and_starts_over,
);
