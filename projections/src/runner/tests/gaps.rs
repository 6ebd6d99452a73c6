//! Over the ledger in PostgreSQL, whose positions have gaps: a transaction that was rolled back keeps what it drew.

use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use ledger::Ledger;
use ledger::postgres::{Options, PostgresLedger, RecentBounds};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor};
use test_postgres::Version;
use tokio::time::Instant;

use crate::runner::Crew;
use crate::testing::{Backend, History, World, assert_same, tenant};
use crate::{DatabaseOptions, RunnerOptions, Views, rebuild};

/// More than a page of the ledger, and more than a page that is folded at once.
const WIDE: u64 = 20_000;

/// Ledger and views in one database.
struct Scene {
    history: History,
    world: World,
    ledger: Arc<PostgresLedger>,
    superuser: PgConnection,
}

impl Scene {
    async fn on(version: Version) -> Option<Self> {
        let database = version.server()?.empty_database().await;
        ledger::postgres::migrate(&database.options()).await.unwrap();
        // Next to nothing is kept in memory, so that pages come from the database.
        let recent = RecentBounds { records: 10, bytes: 1 << 20 };
        let options = Options { recent, ..Options::default() };
        let ledger = Arc::new(PostgresLedger::open(database.options(), options).await.unwrap());
        let views =
            Views::connect(database.options(), ledger.clone(), DatabaseOptions::default()).await.unwrap();
        let superuser = PgConnection::connect_with(&database.options()).await.unwrap();
        let history = History::over(ledger.clone(), 51);
        let world = World::around(views, ledger.clone(), database);
        Some(Self { history, world, ledger, superuser })
    }

    /// Draws as many positions as a transaction that was rolled back.
    async fn skip(&mut self, positions: u64) {
        let draw = format!(
            "SELECT count(nextval('hookledger.records_position_seq')) FROM generate_series(1, {positions})"
        );
        self.superuser.execute(AssertSqlSafe(draw.as_str())).await.unwrap();
    }

    /// Lets things happen with gaps between them, some of them wide.
    async fn live(&mut self, turns: u64) {
        for turn in 0..turns {
            self.history.live(7).await;
            self.skip(if turn % 5 == 0 { WIDE } else { 1 + turn % 3 }).await;
        }
    }

    fn head(&self) -> Position {
        self.ledger.head()
    }

    /// How many records there are.
    async fn records(&self) -> u64 {
        let (mut after, mut records) = (Position::START, 0);
        while after < self.head() {
            let page = self.ledger.read_all(after, usize::MAX, ledger::Filter::All).await.unwrap();
            records += page.records.len() as u64;
            after = page.upto;
        }
        records
    }
}

async fn views_over_gaps_equal_those_in_a_file(version: Version) {
    let Some(mut scene) = Scene::on(version).await else { return };
    let (stop, running) = scene.world.run(RunnerOptions { page_records: 5, linger: Duration::ZERO });
    scene.live(30).await;
    scene.world.settled().await;
    assert!(scene.world.views.progress().iter().all(|view| view.lag == 0));
    stop.cancel();
    running.await.unwrap().unwrap();
    let at_once = World::of(Backend::Sqlite, scene.history.ledger()).await.catch_up(1_000).await;
    assert_same(&scene.world.dump().await, &at_once.dump().await);
}

async fn a_rebuild_counts_records_and_not_positions(version: Version) {
    let Some(mut scene) = Scene::on(version).await else { return };
    scene.live(12).await;
    let mut last = None;
    let options = RunnerOptions { page_records: 20, linger: Duration::ZERO };
    rebuild(&scene.world.views, "status", options, |progress| last = Some(progress)).await.unwrap();
    let (last, records) = (last.unwrap(), scene.records().await);
    assert_eq!((last.position, last.records), (scene.head(), records));
    assert!(records < WIDE && scene.head().0 > 2 * WIDE);
}

/// Every page meets the end of the ledger when it is read; by the time it is folded there is one record more, thousands of
/// positions further on.
async fn what_was_built_takes_its_place_however_far_the_next_position_is(version: Version) {
    let Some(mut scene) = Scene::on(version).await else { return };
    scene.live(3).await;
    scene.world = scene.world.catch_up(1_000).await;
    scene.world.views.start_rebuild("queue").await.unwrap();
    let options = RunnerOptions { page_records: 1_000, linger: Duration::ZERO };
    let mut crew = Crew::load(scene.world.views.shared().clone(), options, |_| true).await.unwrap();
    let mut steps = 0;
    while crew.is_building() {
        let place = crew.ready().await.unwrap();
        scene.skip(WIDE).await;
        scene.history.deliver(tenant(0), "test.passed").await;
        crew.step(place).await.unwrap();
        steps += 1;
        assert!(steps < 50, "it is built and waits for nothing");
    }
}

async fn who_waits_for_a_position_that_nobody_has_is_served_like_the_others(version: Version) {
    let Some(mut scene) = Scene::on(version).await else { return };
    let (stop, running) =
        scene.world.run(RunnerOptions { linger: Duration::from_hours(1), ..RunnerOptions::default() });
    scene.live(2).await;
    scene.skip(WIDE).await;
    scene.history.publish(tenant(0), "test.passed").await;
    let head = scene.head();
    assert!(scene.ledger.read_one(Position(head.0 - 1)).await.unwrap().is_none());
    for position in [Position(head.0 - 1), head] {
        scene.world.views.wait_for(position, Instant::now() + Duration::from_mins(1)).await.unwrap();
    }
    stop.cancel();
    running.await.unwrap().unwrap();
}

macro_rules! over_both_servers {
    ($($test:ident),* $(,)?) => { $(
        mod $test {
            use test_postgres::Version;

            #[tokio::test(flavor = "multi_thread")]
            async fn on_15() {
                super::$test(Version::Fifteen).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_18() {
                super::$test(Version::Eighteen).await;
            }
        }
    )* };
}

over_both_servers!(
    views_over_gaps_equal_those_in_a_file,
    a_rebuild_counts_records_and_not_positions,
    what_was_built_takes_its_place_however_far_the_next_position_is,
    who_waits_for_a_position_that_nobody_has_is_served_like_the_others,
);
