//! Leases: one holder at a time by the database's clock, another epoch each time.

use std::time::Duration;

use hookledger_ledger::postgres::Leases;
use sqlx::Executor;
use test_postgres::Version;
use uuid::Uuid;

use super::place::{Place, over_each_version};

/// Longer than any test.
const LONG: Duration = Duration::from_hours(1);

fn node(place: &Place, n: u128, term: Duration) -> Leases {
    Leases::new(&place.database.options(), Uuid::from_u128(n), term)
}

/// Lets all leases run out.
async fn run_out(place: &Place) {
    place
        .connect()
        .await
        .execute("UPDATE hookledger.leases SET expires_at = now() - interval '1 s'")
        .await
        .expect("the database answers");
}

async fn a_lease_has_one_holder_however_many_ask_for_it(version: Version) {
    let Some(place) = Place::of(version).await else { return };
    let asking = (1..=8).map(|n| {
        let node = node(&place, n, LONG);
        tokio::spawn(async move { node.take("a").await.expect("the database answers") })
    });
    let mut given = Vec::new();
    for asked in asking.collect::<Vec<_>>() {
        given.extend(asked.await.expect("asking does not panic"));
    }
    assert_eq!(given, [1]);
    assert_eq!(
        node(&place, 9, LONG).take("b").await.expect("the database answers"),
        Some(1),
        "of another name"
    );
}

async fn one_that_was_late_goes_on_and_one_that_was_replaced_does_not(version: Version) {
    let Some(place) = Place::of(version).await else { return };
    let (one, other) = (node(&place, 1, LONG), node(&place, 2, LONG));
    let epoch = one.take("a").await.expect("the database answers").expect("it is free");
    assert_eq!(other.take("a").await.expect("the database answers"), None);
    run_out(&place).await;
    assert!(one.renew("a", epoch).await.expect("the database answers"), "nobody came in between");
    assert_eq!(other.take("a").await.expect("the database answers"), None);
    run_out(&place).await;
    assert_eq!(other.take("a").await.expect("the database answers"), Some(epoch + 1));
    assert!(!one.renew("a", epoch).await.expect("the database answers"));
    one.let_go("a", epoch).await.expect("the database answers");
    assert!(
        other.renew("a", epoch + 1).await.expect("the database answers"),
        "whoever was replaced has nothing to give back"
    );
}

async fn what_is_given_back_is_free_at_once_and_what_a_former_life_held_is_ones_own(version: Version) {
    let Some(place) = Place::of(version).await else { return };
    let one = node(&place, 1, LONG);
    let epoch = one.take("a").await.expect("the database answers").expect("it is free");
    assert_eq!(
        node(&place, 1, LONG).take("a").await.expect("the database answers"),
        Some(epoch + 1),
        "after a restart"
    );
    assert!(!one.renew("a", epoch).await.expect("the database answers"));
    node(&place, 1, LONG).let_go("a", epoch + 1).await.expect("the database answers");
    assert_eq!(node(&place, 2, LONG).take("a").await.expect("the database answers"), Some(epoch + 2));
}

async fn a_connection_that_was_cut_off_is_made_again(version: Version) {
    let Some(place) = Place::of(version).await else { return };
    let node = node(&place, 1, LONG);
    let epoch = node.take("a").await.expect("the database answers").expect("it is free");
    place.end_backends("application_name = 'hookledger leases'").await;
    assert!(node.renew("a", epoch).await.is_err());
    assert!(node.renew("a", epoch).await.expect("the database answers"));
    node.close().await;
}

over_each_version!(
    a_lease_has_one_holder_however_many_ask_for_it,
    one_that_was_late_goes_on_and_one_that_was_replaced_does_not,
    what_is_given_back_is_free_at_once_and_what_a_former_life_held_is_ones_own,
    a_connection_that_was_cut_off_is_made_again,
);
