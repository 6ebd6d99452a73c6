//! Records that cannot be folded, and folds that give up.

use domain::{Fact, event};

use crate::queue::QueueView;
use crate::runner::{Parking, Projection, RoutedPage, ViewDefinition};
use crate::store::{Tables, WriteError};
use crate::testing::{History, World, tenant};

/// Counts events, except that some make it give up.
struct Moody;

impl Projection for Moody {
    const NAME: &'static str = "moody";
    const VERSION: u32 = 1;
    const DDL: &'static str = "CREATE TABLE moody_event/*copy*/ (position INTEGER NOT NULL CONSTRAINT moody_event_key PRIMARY KEY);";

    fn fold(page: &RoutedPage<'_>, tables: Tables<'_>, _: &mut Parking) -> Result<(), WriteError> {
        for routed in &page.records {
            if let Fact::Event(event::Event::Published(event)) = routed.fact {
                tables.execute(
                    "INSERT INTO moody_event/*copy*/ (position) VALUES ($1)",
                    [routed.record.position.0],
                )?;
                assert!(event.event_type.as_str() != "user.invited", "not in the mood");
            }
        }
        Ok(())
    }
}

static DEFINITIONS: &[ViewDefinition] = &[ViewDefinition::of::<Moody>(), ViewDefinition::of::<QueueView>()];

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_a_fold_gives_up_on_is_parked_and_stops_neither_the_rest_nor_other_views() {
    let mut history = History::seeded(1);
    history.subscribe(tenant(0), &["*"]).await;
    for event_type in ["test.passed", "user.invited", "test.passed", "user.invited", "test.passed"] {
        history.publish(tenant(0), event_type).await;
    }
    let world = World::with(history.ledger(), DEFINITIONS).await.catch_up(1_000).await;
    let rows = world.dump();
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

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_is_parked_by_every_view_and_the_rest_is_folded() {
    let mut history = History::seeded(1);
    history.subscribe(tenant(0), &["*"]).await;
    history.babble(tenant(0)).await;
    history.publish(tenant(0), "test.passed").await;
    let world = World::of(history.ledger()).await.catch_up(1_000).await;
    let parked = world.views.parked(10).await.unwrap();
    assert_eq!(parked.len(), 2);
    assert!(parked.iter().all(|parked| parked.position.0 == 2 && parked.reason.contains("cannot be read")));
    assert_eq!(world.dump()["queue_waiting"].len(), 1);
}
