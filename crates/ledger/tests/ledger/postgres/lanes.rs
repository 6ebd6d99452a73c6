//! Lanes: divided among the nodes that live, one holder each at a time, another epoch each time.

use std::collections::BTreeMap;
use std::time::Duration;

use hookledger_ledger::postgres::{Beat, Beaten, LANES, LaneLease, Leases};
use sqlx::{AssertSqlSafe, Executor};
use test_postgres::Version;
use uuid::Uuid;

use super::place::{Place, over_each_version};

/// Longer than any test.
const LONG: Duration = Duration::from_hours(1);

fn leases(place: &Place, n: u128) -> Leases {
    Leases::new(&place.database.options(), Uuid::from_u128(n), LONG)
}

/// A node that takes what it may and gives back what is too much.
struct Node {
    leases: Leases,
    held: Vec<LaneLease>,
}

impl Node {
    fn new(place: &Place, n: u128) -> Self {
        Self { leases: leases(place, n), held: Vec::new() }
    }

    async fn ask(&mut self, beat: Beat) -> Beaten {
        let beaten = self.leases.beat(&beat).await.expect("the database answers");
        self.held.clone_from(&beaten.held);
        beaten
    }

    /// One beat; what it has beyond its share it gives back in the next.
    async fn beat(&mut self) -> Beaten {
        let keep = self.held.clone();
        let beaten = self.ask(Beat { keep, take: true, ..Beat::default() }).await;
        let mut keep = beaten.held.clone();
        let let_go = keep.split_off(beaten.share.min(keep.len()));
        if let_go.is_empty() {
            beaten
        } else {
            self.ask(Beat { keep, let_go, take: true, ..Beat::default() }).await
        }
    }
}

/// What each holds once nothing changes any more; nobody holds what another one does.
async fn settle(nodes: &mut [Node]) -> Vec<usize> {
    for _ in 0..3 {
        for node in &mut *nodes {
            node.beat().await;
        }
    }
    let mut holders = BTreeMap::new();
    for node in &*nodes {
        for lease in &node.held {
            assert!(holders.insert(lease.lane, lease.epoch).is_none(), "lane {} is held twice", lease.lane);
        }
    }
    assert_eq!(holders.len(), usize::from(LANES), "no lane is left");
    nodes.iter().map(|node| node.held.len()).collect()
}

/// Lets time pass for what is in the tables.
async fn run_out(place: &Place, of: u128) {
    let of = Uuid::from_u128(of);
    for sql in [
        format!("UPDATE hookledger.lanes SET expires_at = now() - interval '1 s' WHERE holder = '{of}'"),
        format!("UPDATE hookledger.nodes SET expires_at = now() - interval '1 s' WHERE name = '{of}'"),
    ] {
        place.connect().await.execute(AssertSqlSafe(sql.as_str())).await.expect("the database answers");
    }
}

async fn has_lived_long(place: &Place) {
    let sql = "UPDATE hookledger.nodes SET since = now() - interval '1 day'";
    place.connect().await.execute(sql).await.expect("the database answers");
}

async fn lanes_are_divided_evenly_however_many_nodes_come_and_go(version: Version) {
    let Some(place) = Place::of(version).await else { return };
    let mut nodes = vec![Node::new(&place, 1)];
    assert_eq!(nodes[0].beat().await.held.len(), 16, "one that is alone has all of them at once");
    nodes.push(Node::new(&place, 2));
    assert_eq!(settle(&mut nodes).await, [8, 8]);
    nodes.push(Node::new(&place, 3));
    assert_eq!(settle(&mut nodes).await, [6, 5, 5]);
    let before: Vec<_> = nodes.iter().map(|node| node.held.clone()).collect();
    assert_eq!(settle(&mut nodes).await, [6, 5, 5]);
    let after: Vec<_> = nodes.iter().map(|node| node.held.clone()).collect();
    assert_eq!(before, after, "what is even stays");
    let gone = nodes.remove(0);
    gone.leases.let_go_of_lanes().await.expect("the database answers");
    assert_eq!(settle(&mut nodes).await, [8, 8]);
    nodes.extend((4..=20).map(|n| Node::new(&place, n)));
    let held = settle(&mut nodes).await;
    assert!(held.iter().all(|held| *held <= 1), "{held:?}");
}

async fn a_lane_has_one_holder_however_many_beat_at_the_same_moment(version: Version) {
    let Some(place) = Place::of(version).await else { return };
    for round in 0..5 {
        let beating = (1..=8).map(|n| {
            let leases = leases(&place, round * 8 + n);
            tokio::spawn(async move {
                let beat = Beat { take: true, ..Beat::default() };
                let beaten = leases.beat(&beat).await.expect("the database answers");
                let again = Beat { keep: beaten.held, take: true, ..Beat::default() };
                (leases.beat(&again).await.expect("the database answers").held, leases)
            })
        });
        let mut nodes = Vec::new();
        for node in beating.collect::<Vec<_>>() {
            nodes.push(node.await.expect("beating does not panic"));
        }
        let mut held = BTreeMap::new();
        for lease in nodes.iter().flat_map(|(held, _)| held) {
            assert!(held.insert(lease.lane, lease.epoch).is_none(), "lane {} is held twice", lease.lane);
        }
        assert!(!held.is_empty());
        for (_, leases) in nodes {
            leases.let_go_of_lanes().await.expect("the database answers");
        }
    }
}

async fn what_runs_out_is_taken_under_another_epoch_and_a_late_holder_loses_it(version: Version) {
    let Some(place) = Place::of(version).await else { return };
    let (mut one, mut other) = (Node::new(&place, 1), Node::new(&place, 2));
    assert_eq!((one.beat().await.held.len(), other.beat().await.held.len()), (16, 0));
    has_lived_long(&place).await;
    run_out(&place, 1).await;
    let beaten = one.beat().await;
    assert_eq!((beaten.held.len(), beaten.share), (8, 8), "late, and nobody came in between");
    one.held = beaten.held;
    other.beat().await;
    run_out(&place, 1).await;
    let beaten = other.beat().await;
    assert_eq!(beaten.held.len(), 16);
    let taken: Vec<_> = one.held.iter().map(|lease| lease.lane).collect();
    let epochs = |leases: &[LaneLease]| -> Vec<i64> {
        leases.iter().filter(|lease| taken.contains(&lease.lane)).map(|lease| lease.epoch).collect()
    };
    let (before, after) = (epochs(&one.held), epochs(&beaten.held));
    assert!(before.iter().zip(&after).all(|(before, after)| before < after), "{before:?} {after:?}");
    let keep = one.held.clone();
    assert_eq!(one.ask(Beat { keep: keep.clone(), take: false, ..Beat::default() }).await.held, []);
    one.ask(Beat { let_go: keep, ..Beat::default() }).await;
    let keep = beaten.held.clone();
    let beaten = other.ask(Beat { keep, ..Beat::default() }).await;
    assert_eq!(beaten.held.len(), 16, "whoever was replaced has nothing to give back");
}

async fn whoever_is_heard_of_again_waits_for_the_others_before_it_takes_what_has_run_out(version: Version) {
    let Some(place) = Place::of(version).await else { return };
    let (mut one, mut other) = (Node::new(&place, 1), Node::new(&place, 2));
    one.beat().await;
    other.beat().await;
    assert_eq!((one.beat().await.held.len(), other.beat().await.held.len()), (8, 8));
    // The database was away for longer than a term.
    has_lived_long(&place).await;
    run_out(&place, 1).await;
    run_out(&place, 2).await;
    assert_eq!((one.beat().await.held.len(), other.beat().await.held.len()), (8, 8));
}

async fn a_restarted_node_has_what_it_had_and_gives_back_what_is_too_much(version: Version) {
    let Some(place) = Place::of(version).await else { return };
    let (mut one, mut other) = (Node::new(&place, 1), Node::new(&place, 2));
    let before = one.beat().await.held;
    let mut again = Node::new(&place, 1);
    let after = again.beat().await.held;
    assert!(after.len() == 16 && before.iter().zip(&after).all(|(old, new)| old.epoch < new.epoch));
    assert_eq!(one.ask(Beat { keep: before, ..Beat::default() }).await.held, [], "its former life is over");
    other.beat().await;
    let mut third = Node::new(&place, 1);
    assert_eq!(third.beat().await.held.len(), 8);
    assert_eq!(other.beat().await.held.len(), 8);
}

async fn lanes_that_are_not_wanted_are_left_to_others(version: Version) {
    let Some(place) = Place::of(version).await else { return };
    let mut one = Node::new(&place, 1);
    let beaten = one.ask(Beat { spare: vec![0, 3], take: true, ..Beat::default() }).await;
    assert!(beaten.held.len() == 14 && beaten.held.iter().all(|lease| ![0, 3].contains(&lease.lane)));
    let beaten = one.ask(Beat { keep: beaten.held, ..Beat::default() }).await;
    assert_eq!(beaten.held.len(), 14, "it takes nothing unless it says so");
}

async fn nodes_of_the_version_before_and_nodes_with_lanes_never_deliver_at_the_same_time(version: Version) {
    let Some(place) = Place::of(version).await else { return };
    let (old, new) = (leases(&place, 1), leases(&place, 2));
    let epoch = old.take("deliveries").await.expect("the database answers").expect("it is free");
    assert!(!new.close_gate().await.expect("the database answers"));
    assert!(old.renew("deliveries", epoch).await.expect("the database answers"));
    old.let_go("deliveries", epoch).await.expect("the database answers");
    assert!(new.close_gate().await.expect("the database answers"));
    assert_eq!(old.take("deliveries").await.expect("the database answers"), None);
    assert!(!old.renew("deliveries", epoch).await.expect("the database answers"));
    assert!(leases(&place, 3).close_gate().await.expect("the database answers"), "it stays closed");
    // A node that is upgraded after it was killed need not wait for its former life.
    let sql = "DELETE FROM hookledger.leases";
    place.connect().await.execute(sql).await.expect("the database answers");
    old.take("deliveries").await.expect("the database answers").expect("it is free");
    assert!(leases(&place, 1).close_gate().await.expect("the database answers"));
}

over_each_version!(
    lanes_are_divided_evenly_however_many_nodes_come_and_go,
    a_lane_has_one_holder_however_many_beat_at_the_same_moment,
    what_runs_out_is_taken_under_another_epoch_and_a_late_holder_loses_it,
    whoever_is_heard_of_again_waits_for_the_others_before_it_takes_what_has_run_out,
    a_restarted_node_has_what_it_had_and_gives_back_what_is_too_much,
    lanes_that_are_not_wanted_are_left_to_others,
    nodes_of_the_version_before_and_nodes_with_lanes_never_deliver_at_the_same_time,
);
