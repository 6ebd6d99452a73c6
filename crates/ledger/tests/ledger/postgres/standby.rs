//! Two nodes, and a synchronous standby that is away: what it lacks is told to nobody, by neither of them, and so both go on
//! whatever becomes of it.

use std::sync::Arc;
use std::time::Duration;

use domain::{Position, Sequence, StreamId};
use hookledger_ledger::postgres::{Options, PostgresLedger};
use hookledger_ledger::{Batch, Ledger, LedgerError};
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};
use test_postgres::{Server, Version};

use super::place::Place;
use super::proxy::{Cut, Proxy};
use crate::samples::{batch, event, record};

/// What the standby calls itself to the primary.
const NAME: &str = "standby";
/// Until nodes go on after the database accepts connections.
const RECOVERY_MAX: Duration = Duration::from_secs(10);

/// Short waits: none of these commits is confirmed while nobody does anything about it.
fn impatient() -> Options {
    Options {
        patience: Duration::from_secs(2),
        doubt_patience: Duration::from_secs(1),
        poll: Duration::from_millis(50),
        ..Options::default()
    }
}

/// A primary, its standby, two nodes, and a way that leads both to the primary.
struct Scene {
    primary: Server,
    standby: Server,
    place: Place,
    way: Proxy,
    nodes: [Arc<PostgresLedger>; 2],
}

fn news(n: u128) -> Batch {
    batch([record(event(n), 1)])
}

impl Scene {
    async fn set() -> Option<Self> {
        let primary = Version::Eighteen.server_of_its_own(&[])?;
        let place = Place::on(&primary, impatient()).await;
        let standby = primary.standby(NAME, &[]).await;
        let mut superuser = place.connect().await;
        follows(&mut superuser, "state = 'streaming'", 1).await;
        order(&mut superuser, &format!("ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")).await;
        follows(&mut superuser, "sync_state = 'sync'", 1).await;
        let direct = place.database.options();
        let way = Proxy::to(direct.get_socket().expect("it is a socket").clone(), Cut::Nowhere);
        let nodes = [place.node_at(way.address(&direct)).await, place.node_at(way.address(&direct)).await];
        Some(Self { primary, standby, place, way, nodes })
    }

    /// The standby goes, and one node is not told whether its append is there. It is, on the primary and nowhere else.
    async fn doubt(&self) {
        let [one, other] = &self.nodes;
        write(one, 1).await;
        sees(other, one.head()).await;
        let mut superuser = self.standby_goes().await;
        let refused = one.append_one(news(2)).await;
        assert!(matches!(refused, Err(LedgerError::InDoubt(_))), "{refused:?}");
        let count = "SELECT count(*) FROM hookledger.records";
        let row = superuser.fetch_one(count).await.expect("the superuser may");
        assert_eq!(row.get::<i64, _>(0), 2);
        for node in &self.nodes {
            let told = node.append_one(news(2)).await;
            assert!(told.is_err(), "what the standby lacks was acknowledged: {told:?}");
            let read = node.read_stream(event(2), Sequence::NONE, 9).await;
            assert!(read.is_err(), "what the standby lacks was shown: {read:?}");
        }
        assert_eq!(one.head(), other.head());
        assert_eq!(last(one).await, event(1));
    }

    async fn standby_goes(&self) -> PgConnection {
        self.standby.goes_down();
        let mut superuser = self.place.connect().await;
        follows(&mut superuser, "true", 0).await;
        superuser
    }

    /// The primary is gone for good; its standby, as it was when it went, takes over.
    async fn standby_takes_over(&self) {
        self.primary.goes_down();
        self.standby.comes_back().await;
        self.standby.promote().await;
        let promoted = self.standby.options("postgres");
        self.way.lead_to(promoted.get_socket().expect("it is a socket").clone());
    }

    /// Both nodes take records by themselves, and see those of each other.
    async fn goes_on(&self) {
        for (node, n) in self.nodes.iter().zip([3, 4]) {
            let insisting =
                async { while !node.append_one(news(n)).await.is_ok_and(|verdict| verdict.is_ok()) {} };
            let went_on = tokio::time::timeout(RECOVERY_MAX, insisting).await;
            assert!(went_on.is_ok(), "{:?}", node.failure());
        }
        let [one, other] = &self.nodes;
        sees(one, other.head()).await;
        for node in &self.nodes {
            assert_eq!((last(node).await, node.failure().is_none()), (event(4), true));
        }
    }

    /// How many records there are of what was in doubt, as both nodes say.
    async fn doubted(&self) -> usize {
        let [one, other] = &self.nodes;
        let read = async |node: &PostgresLedger| {
            node.read_stream(event(2), Sequence::NONE, 9).await.expect("it is well").len()
        };
        let (here, there) = (read(one).await, read(other).await);
        assert_eq!(here, there);
        here
    }
}

impl Drop for Scene {
    /// The servers go first: dropping a database would wait for the standby.
    fn drop(&mut self) {
        self.standby.end();
        self.primary.end();
    }
}

/// Waits until so many standbys are as told.
async fn follows(superuser: &mut PgConnection, condition: &str, standbys: i64) {
    let sql =
        format!("SELECT count(*) FROM pg_stat_replication WHERE application_name = '{NAME}' AND {condition}");
    while superuser.fetch_one(AssertSqlSafe(sql.as_str())).await.expect("the superuser may").get::<i64, _>(0)
        != standbys
    {
        tokio::task::yield_now().await;
    }
}

/// Changes a setting of the server, from now on.
async fn order(superuser: &mut PgConnection, sql: &str) {
    for sql in [sql, "SELECT pg_reload_conf()"] {
        superuser.execute(AssertSqlSafe(sql)).await.expect("the superuser may");
    }
}

async fn write(node: &PostgresLedger, n: u128) {
    node.append_one(news(n)).await.expect("all is well").expect("nobody else writes there");
}

/// Waits until a node knows of everything up to this position.
async fn sees(node: &PostgresLedger, position: Position) {
    node.watch().wait_for(|head| *head >= position).await.expect("it is open");
}

/// Which stream the last record that a node knows of is of.
async fn last(node: &PostgresLedger) -> StreamId {
    node.read_one(node.head()).await.expect("it can be read").expect("there is one").stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_comes_back_gets_what_was_in_doubt_and_both_nodes_tell_of_it() {
    let Some(scene) = Scene::set().await else { return };
    scene.doubt().await;
    scene.standby.comes_back().await;
    scene.goes_on().await;
    assert_eq!(scene.doubted().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_takes_over_without_what_was_in_doubt_is_followed_by_both_nodes() {
    let Some(scene) = Scene::set().await else { return };
    scene.doubt().await;
    scene.standby_takes_over().await;
    scene.goes_on().await;
    assert_eq!(scene.doubted().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_lacks_what_was_acknowledged_is_refused_by_whoever_knows_of_it() {
    let Some(scene) = Scene::set().await else { return };
    let [one, other] = &scene.nodes;
    let mut superuser = scene.standby_goes().await;
    order(&mut superuser, "ALTER SYSTEM RESET synchronous_standby_names").await;
    write(one, 1).await;
    sees(other, one.head()).await;
    scene.standby_takes_over().await;
    // Somebody who knows of nothing writes on, beyond the position that is missing.
    let stranger = scene.place.node_at(scene.way.address(&scene.place.database.options())).await;
    while stranger.head() <= one.head() {
        write(&stranger, 10 + u128::from(stranger.head().0)).await;
    }
    for node in &scene.nodes {
        while !node.failure().is_some_and(|failure| failure.to_string().contains("an older copy")) {
            tokio::task::yield_now().await;
        }
        let refused = node.append_one(news(9)).await;
        assert!(matches!(refused, Err(LedgerError::Unavailable(_))), "{refused:?}");
    }
}
